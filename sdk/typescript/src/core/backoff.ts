// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './ports';

/** What to do about an answer; `smaller`: retry with less. */
export type Verdict = 'stored' | 'retry' | 'smaller' | 'too_large' | 'refused';

const kFirstDelay = 1000;

/**
 * Only the server's own words count: a hotel's login page is a 200, too, and a proxy answers 400 to what the server
 * would take. What a change of settings can put right (a wrong key or path: 401, 403, 404 ...) is tried again like an
 * outage; only what the same bytes will always get is final.
 */
export function verdict({ status, body }: Answer): Verdict {
  const success = (body as { success?: unknown } | undefined)?.success;
  if (status >= 200 && status < 300) return success === true ? 'stored' : 'retry';
  if (status === 413) return success === false ? 'too_large' : 'smaller';
  return success === false && [400, 415, 422].includes(status) ? 'refused' : 'retry';
}

/** Milliseconds to wait before try `attempt` + 1: exponential with full jitter, not before the server asked for. */
export function delay(attempt: number, max: number, random: number, retryAfter = 0): number {
  return Math.max(retryAfter, random * Math.min(max, kFirstDelay * 2 ** attempt));
}
