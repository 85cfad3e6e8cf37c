// SPDX-License-Identifier: Apache-2.0
import { byteLength } from './id';

/** Why an event that had a number was given up. */
export type DropReason = 'queue_full' | 'too_old' | 'refused' | 'too_large' | 'opted_out';

/** An event that waits for its acknowledgement. */
export interface Entry {
  /** Its number. */
  n: number;
  /** When it was queued, when it was first sent (0: not yet); milliseconds since 1970. */
  made: number;
  tried: number;
  json: string;
  bytes: number;
}

/**
 * The numbers of one device from 1 on, and the events among them that the server has not acknowledged.
 * It is stored as one text, so that a number and its event are there together or not at all: a crash at any
 * moment leaves neither a gap nor a number that two events have.
 * Format: a line of JSON, then a line "n made tried json" for each event. JSON has no line ends in it.
 */
export class Epoch {
  made = 0;
  saved = 0;
  bytes = 0;
  /** The page that owned it stored it last thing, and does not own it any more. */
  left = false;
  dropped: Partial<Record<DropReason, number>> = {};
  queue: Entry[] = [];
  /** How many at the front of the queue are on their way; they are not given up meanwhile. */
  sending = 0;

  constructor(readonly id: string, readonly device: string) {}

  /** Undefined when it is no text of ours. */
  static parse(id: string, text: string | null): Epoch | undefined {
    try {
      const [head, ...lines] = text!.split('\n');
      const { device, ...state } = JSON.parse(head!);
      const epoch = new Epoch(id, device);
      Object.assign(epoch, state);
      for (const line of lines) {
        const [n, first, tried] = line.split(' ', 3) as [string, string, string];
        epoch.#push(+n, +first, +tried, line.slice(n.length + first.length + tried.length + 3));
      }
      return device && epoch.made >= 0 ? epoch : undefined;
    } catch {
      return undefined;
    }
  }

  /** What is stored, with the first `events` of the queue. */
  text(events = this.queue.length): string {
    const { device, made, saved, left, dropped } = this;
    return [
      JSON.stringify({ device, made, saved, left, dropped }),
      ...this.queue.slice(0, events).map((entry) => `${entry.n} ${entry.made} ${entry.tried} ${entry.json}`),
    ].join('\n');
  }

  /** Gives the event, an object in JSON, the next number and queues it. */
  add(event: string, now: number): void {
    const n = ++this.made;
    this.#push(n, now, 0, `${event.slice(0, -1)},"sequence":${n}}`);
  }

  /** Gives up what `which` says of the entries that are not on their way. */
  drop(reason: DropReason, which: (entry: Entry) => boolean): void {
    const waiting = this.queue.slice(this.sending);
    const gone = waiting.filter(which);
    if (!gone.length) return;
    this.dropped[reason] = (this.dropped[reason] ?? 0) + gone.length;
    this.forget(gone);
  }

  /** Takes entries out of the queue. */
  forget(entries: Entry[]): void {
    const gone = new Set(entries);
    this.queue = this.queue.filter((entry) => !gone.has(entry));
    this.bytes = this.queue.reduce((sum, entry) => sum + entry.bytes, 0);
  }

  #push(n: number, made: number, tried: number, json: string): void {
    const bytes = byteLength(json);
    this.queue.push({ n, made, tried, json, bytes });
    this.bytes += bytes;
  }
}
