// SPDX-License-Identifier: Apache-2.0
/** What the debugger looks for, in the address and as parameters of the API. */

export const FIELDS = ['source', 'type', 'name', 'user', 'verdict'] as const;
export const SEARCH_FIELDS = [...FIELDS, 'message_id', 'from', 'to'] as const;

export const TYPES = ['track', 'page', 'screen', 'identify', 'group', 'alias'];
export const VERDICTS = ['first', 'duplicate', 'conflict', 'restamped', 'rejected', 'pending', 'unknown'];

/** The parameters of GET /api/events/live, or of GET /api/events. */
export function apiQuery(params: URLSearchParams, isSearch: boolean): string {
  const query = new URLSearchParams();
  for (const field of isSearch ? SEARCH_FIELDS : FIELDS) {
    const value = params.get(field);
    if (value) query.set(field, value);
  }
  return query.toString();
}

/** Whether only a search finds what is asked for. */
export function needsSearch(params: URLSearchParams): boolean {
  return ['message_id', 'from', 'to'].some((field) => params.get(field));
}

export const VERDICT_WORDS: Record<string, string> = {
  first: 'counted',
  duplicate: 'sent again, not counted again',
  conflict: 'same id, other content: the first one counts',
  restamped: 'same id and content, another time: the first one counts',
  rejected: 'not accepted, kept as a dead letter',
  pending: 'durable, not yet processed',
  unknown: 'what was decided is not stored',
};

export const TIME_WORDS: Record<string, string> = {
  as_sent: 'as the device said',
  at_arrival: 'when it arrived: none was sent',
  ahead_corrected: 'moved back: the device’s clock was ahead',
  behind_corrected: 'moved on: the device’s clock was behind',
  behind_left: 'as the device said: its clock seemed behind, or the delivery took long',
  too_far_ahead: 'when it arrived: the time sent lies in the future',
  unreadable: 'when it arrived: the time sent could not be read',
};
