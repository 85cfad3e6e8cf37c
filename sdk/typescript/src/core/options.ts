// SPDX-License-Identifier: Apache-2.0

/** Whether a person agreed to be tracked; `pending`: nobody knows yet, so nothing is stored or sent. */
export type Consent = 'granted' | 'denied' | 'pending';

/** What the queue holds and how it is sent. */
export interface Limits {
  /** Events that wait are sent when there are so many. @default 20 */
  flushAt: number;
  /** Or after so many milliseconds. @default 1000 */
  flushInterval: number;
  /** Events in a request, at most. @default 100 */
  batchEvents: number;
  /** Bytes of a request before it is compressed, at most. @default 400000 */
  batchBytes: number;
  /** Events that wait for their acknowledgement, at most; then the oldest is given up. @default 1000 */
  queueEvents: number;
  /** Their bytes, at most. @default 1000000 */
  queueBytes: number;
  /** Bytes of one event, at most; a larger one is refused with a warning. @default 32000 */
  eventBytes: number;
  /** An event that was never sent is given up after so many milliseconds. @default 30 days */
  maxAge: number;
  /**
   * One that was sent, and may have arrived, is sent again for so many milliseconds. Less than the server's
   * `dedup.window`, which would count it twice. @default 6 days
   */
  retryWindow: number;
  /** Milliseconds between two tries, at most; a `Retry-After` may be longer. @default 300000 */
  retryMax: number;
  /** Numbers of an epoch; then another one begins. The server takes 8192. @default 8000 */
  epochNumbers: number;
}

export interface CoreOptions extends Partial<Limits> {
  /** Says which source events are of. */
  writeKey: string;
  /** Share of the users that are tracked, in (0, 1]; which, follows from their ids alone. @default 1 */
  sampleRate?: number;
  /** The same call again within so many milliseconds is no second event: double clicks. 0: it is. @default 0 */
  dedupeWithin?: number;
  /** What holds until consent() is called; what was said then is remembered. @default 'granted' */
  consent?: Consent;
  /** Takes Do Not Track and Global Privacy Control for a denial. @default true */
  doNotTrack?: boolean;
}

const kDay = 86_400_000;

export function limitsOf(options: CoreOptions): Limits {
  const limits: Limits = {
    flushAt: 20, flushInterval: 1000, batchEvents: 100, batchBytes: 400_000, queueEvents: 1000,
    queueBytes: 1_000_000, eventBytes: 32_000, maxAge: 30 * kDay, retryWindow: 6 * kDay, retryMax: 300_000,
    epochNumbers: 8000,
  };
  for (const name of Object.keys(limits) as (keyof Limits)[]) {
    const given = options[name];
    if (typeof given === 'number' && given >= 0) limits[name] = given;
  }
  return limits;
}
