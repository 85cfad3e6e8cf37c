// SPDX-License-Identifier: Apache-2.0
// Events as they are on the wire: docs/http-api.md.
import { byteLength } from './id';

/** Anything that JSON can hold. */
export type Properties = Record<string, unknown>;

export type EventType = 'track' | 'page' | 'identify' | 'group' | 'alias';

/** One event, as it is sent. */
export interface WireEvent {
  type: EventType;
  messageId: string;
  anonymousId: string;
  timestamp: string;
  context: Properties;
  userId?: string;
  event?: string;
  name?: string;
  groupId?: string;
  previousId?: string;
  properties?: Properties;
  traits?: Properties;
  /** Its number in its epoch, from 1. */
  sequence?: number;
}

/** What one call may say beside its event. */
export interface CallOptions {
  /** Made by the SDK when missing. The same id counts once: give one where an act can only happen once. */
  messageId?: string;
  /** When it happened. @default now */
  timestamp?: Date;
  /** Of whom, when it is not the one who was identified. In Node one of the two ids is required. */
  userId?: string;
  anonymousId?: string;
  /** Added to the event's context. */
  context?: Properties;
}

/** An id, a name: at most so many bytes. The server refuses longer ones. */
const kTextBytesMax = 1024;

/** What an event of a type cannot be without. */
const kRequired: Partial<Record<EventType, keyof WireEvent>> = { track: 'event', group: 'groupId', alias: 'userId' };

/** Why the server would refuse the event; undefined: it would not. */
export function refusal(event: WireEvent): string | undefined {
  const required = kRequired[event.type];
  if (required && !event[required]) return `it needs ${required}`;
  if (!event.userId && !event.anonymousId) return 'it needs userId or anonymousId';
  for (const [field, value] of Object.entries(event) as [string, unknown][]) {
    if (/^(properties|traits|context)$/.test(field)) {
      if (typeof value !== 'object' || Array.isArray(value)) return `${field} is no object`;
    } else if (typeof value !== 'string') return `${field} is no text`;
    else if (byteLength(value) > kTextBytesMax) return `${field} has more than ${kTextBytesMax} bytes`;
  }
  return undefined;
}
