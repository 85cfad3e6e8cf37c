// SPDX-License-Identifier: Apache-2.0
import { delay, verdict } from './backoff';
import type { Entry, Epoch } from './epoch';
import { byteLength, fraction } from './id';
import type { Ledger } from './ledger';
import type { Limits } from './options';
import type { Answer, Clock, Random, Sender } from './ports';
import { version } from './version';

/** What browsers let a leaving page send, over all its requests, is 64 KiB. */
const kBeaconBytesMax = 60_000;

/** Who sends; the server knows that it sets `sentAt` at each try. */
const library = { name: '@hapax/sdk', version };

export interface DeliveryPorts {
  clock: Clock;
  sender: Sender;
  writeKey: string;
  random: Random;
  /** Whether anything may be sent now. */
  allowed: () => boolean;
  warn: (text: string) => void;
}

/**
 * Sends what the ledger holds, one request at a time, and again until the server has acknowledged it.
 * An event leaves the queue only by an acknowledgement or with a reason that the next batch states.
 */
export class Delivery {
  /** Of the events that arrived the server did not take so many, and said why. */
  rejected = 0;
  #busy: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #attempt = 0;
  #notBefore = 0;
  /** Events in a request, after one was too large. */
  #most = Infinity;

  constructor(private readonly ledger: Ledger, private readonly ports: DeliveryPorts,
    private readonly limits: Limits) {}

  /** There is something new: sends it when it is enough, or soon. */
  wake(): void {
    if (this.#busy || this.#attempt) return;
    if (this.ledger.size >= this.limits.flushAt) void this.flush();
    else if (!this.#cancel && this.ledger.size) this.#later(this.limits.flushInterval);
  }

  /** Sends now; settles, never with an error, when all is acknowledged, or a try failed. */
  flush(): Promise<void> {
    const wait = this.#notBefore - this.ports.clock.now();
    if (wait > 0) return Promise.resolve(this.#later(wait));
    return (this.#busy ??= this.#run().finally(() => {
      this.#busy = undefined;
      this.wake();
    }));
  }

  /** The network is back, or the page: no need to wait any longer. */
  hurry(): void {
    this.#attempt = 0;
    void this.flush();
  }

  /** The page leaves. What is sent here is kept all the same: nobody will hear of its arrival. */
  leave(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const bodies: string[] = [];
    let room = kBeaconBytesMax;
    this.ledger.leave((epoch) => {
      if (!this.ports.allowed()) return epoch.drop('opted_out', () => true);
      // What is on its way outlives the page, unless it is a retry.
      const batch = this.#take(epoch.queue.slice(this.#attempt ? 0 : epoch.sending), room, 0);
      if (!batch.length) return;
      const body = this.#body(epoch, batch);
      room -= byteLength(body);
      bodies.push(body);
    });
    for (const body of bodies) this.ports.sender.beacon(body);
  }

  async #run(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.ledger.ready;
    for (let epoch = this.ledger.next(); epoch; epoch = this.ledger.next()) {
      if (!this.ports.allowed()) return this.ledger.clear();
      this.#dropOld(epoch);
      const batch = this.#take(epoch.queue, this.limits.batchBytes, 1);
      if (!batch.length) { this.ledger.save(epoch); continue; }
      const body = this.#body(epoch, batch);
      epoch.sending = batch.length;
      this.ledger.save(epoch);
      const answer = await this.ports.sender.send(body, !this.#attempt);
      epoch.sending = 0;
      if (!this.#settle(epoch, batch, answer)) return;
    }
  }

  #dropOld(epoch: Epoch): void {
    const { maxAge, retryWindow } = this.limits;
    const now = this.ports.clock.now();
    epoch.drop('too_old', ({ made, tried }) => (tried ? now - tried > retryWindow : now - made > maxAge));
  }

  /** The first of the queue that fit into a request, and `least` events in any case. */
  #take(queue: Entry[], bytesMax: number, least: number): Entry[] {
    const batch: Entry[] = [];
    let bytes = 1000;  // Of the batch itself.
    for (const entry of queue.slice(0, Math.min(this.limits.batchEvents, this.#most))) {
      bytes += entry.bytes + 1;
      if (bytes > bytesMax && batch.length >= least) break;
      batch.push(entry);
    }
    return batch;
  }

  #body({ id, device, made, dropped }: Epoch, batch: Entry[]): string {
    const { clock, writeKey } = this.ports;
    for (const entry of batch) entry.tried ||= clock.now();
    const head = JSON.stringify({
      writeKey, sentAt: new Date(clock.now()).toISOString(), context: { library },
      numbering: { device, epoch: id, made, dropped },
    });
    return `${head.slice(0, -1)},"batch":[${batch.map(({ json }) => json).join()}]}`;
  }

  /** Whether to go on at once. */
  #settle(epoch: Epoch, batch: Entry[], answer: Answer): boolean {
    const result = verdict(answer);
    if (result === 'stored') {
      this.#attempt = this.#notBefore = 0;
      this.#most = Infinity;
      epoch.forget(batch);
      this.ledger.save(epoch);
      this.#report(answer.body as { errors?: { code: string; message: string }[] });
      return true;
    }
    if (result !== 'retry') {
      this.#most = batch.length >> 1;
      if (batch.length > 1) return true;
      // The one event whose bytes will never be taken.
      epoch.drop(result, (entry) => entry === batch[0]);
      this.#most = Infinity;
    }
    this.ledger.save(epoch);
    this.#backOff(answer);
    return false;
  }

  #backOff({ status, retryAfter }: Answer): void {
    if (status >= 400 && status < 500 && status !== 429) {
      this.ports.warn(`the server answers ${status}; check host, path, writeKey`);
    }
    const wait = delay(this.#attempt++, this.limits.retryMax, fraction(this.ports.random), retryAfter);
    this.#notBefore = retryAfter ? this.ports.clock.now() + wait : 0;
    this.#later(wait);
  }

  #report({ errors = [] }: { errors?: { code: string; message: string }[] }): void {
    this.rejected += errors.length;
    for (const { code, message } of errors) this.ports.warn(`the server rejected an event: ${code}: ${message}`);
  }

  #later(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.ports.clock.after(ms, () => {
      this.#cancel = undefined;
      void this.flush();
    });
  }
}
