// SPDX-License-Identifier: Apache-2.0
import type { Answer } from './ports';

/** What to do about an answer. */
export type Verdict = 'stored' | 'retry' | 'too_large' | 'refused';

const kFirstDelay = 1000;

/**
 * Only the server's own words are an acknowledgement: a hotel's login page is a 200, too. What a change of settings
 * can put right (a wrong key or path: 401, 403, 404 ...) is tried again like an outage; only what the same bytes
 * will always get is final.
 */
export function verdict({ status, body }: Answer): Verdict {
  if (status >= 200 && status < 300) {
    return (body as { success?: unknown } | undefined)?.success === true ? 'stored' : 'retry';
  }
  if (status === 413) return 'too_large';
  return status === 400 || status === 415 || status === 422 ? 'refused' : 'retry';
}

/** Milliseconds to wait before try `attempt` + 1: exponential with full jitter, not before the server asked for. */
export function delay(attempt: number, max: number, random: number, retryAfter = 0): number {
  return Math.max(retryAfter, Math.ceil(random * Math.min(max, kFirstDelay * 2 ** attempt)));
}
