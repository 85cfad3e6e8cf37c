// SPDX-License-Identifier: Apache-2.0
import { delay, verdict } from './backoff';
import type { Entry, Epoch } from './epoch';
import { byteLength, fraction } from './id';
import type { Ledger } from './ledger';
import type { Limits } from './options';
import type { Answer, Clock, Random, Sender } from './ports';
import { released, version } from './version';

/** What browsers let a leaving page send is 64 KiB, with the request that is on its way. */
const kBeaconBytesMax = 60_000;

/** Milliseconds until something is sent, at most: a timer of 25 days runs at once. */
const kTimerMax = 1e9;

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
  /** Takes back the run that is planned; undefined: none is. */
  #cancel: (() => void) | undefined;
  /** After a try that failed: how many milliseconds to wait, and what the server asked for: then flush() waits, too. */
  #wait = 0;
  #asked: number | undefined;
  /** Tries that failed since the last acknowledgement. */
  #failed = 0;
  /** Events in a request, after one was too large or refused, until one is taken. */
  #most = Infinity;
  /** What is on its way comes to the server also when the page leaves now. */
  #outlives = false;

  constructor(private readonly ledger: Ledger, private readonly ports: DeliveryPorts,
    private readonly limits: Limits) {}

  /** There may be something to send: sends it when it is enough, or plans to. */
  wake(): void {
    const { size, waiting } = this.ledger;
    if (this.#busy || !(size + waiting)) return;
    if (!this.#wait && size >= this.limits.flushAt) void this.#start();
    else this.#plan(this.#wait || this.limits.flushInterval);
  }

  /** Sends now; settles, never with an error, when all is acknowledged, or a try failed. */
  flush(): Promise<void> {
    return this.#asked ? Promise.resolve() : this.#start();
  }

  /** The network is back: no need to wait any longer. */
  hurry(): void {
    this.#failed = 0;
    void this.flush();
  }

  /** The page leaves. What is sent here is kept all the same: nobody will hear of its arrival. */
  leave(): void {
    this.#unplan();
    const bodies: string[] = [];
    let room = kBeaconBytesMax;
    this.ledger.leave((epoch) => {
      if (!this.ports.allowed()) return epoch.drop('opted_out', () => true);
      const batch = this.#take(epoch.queue.slice(this.#outlives ? epoch.sending : 0), room, 0);
      if (!batch.length) return;
      const body = this.#body(epoch, batch);
      room -= byteLength(body);
      bodies.push(body);
    });
    for (const body of bodies) this.ports.sender.beacon(body);
  }

  #start(): Promise<void> {
    return (this.#busy ??= this.#run().finally(() => {
      this.#busy = undefined;
      this.wake();
    }));
  }

  async #run(): Promise<void> {
    this.#unplan();
    await this.ledger.ready;
    for (let epoch = this.ledger.next(); epoch; epoch = this.ledger.next()) {
      if (!this.ports.allowed()) return this.ledger.clear();
      this.#dropOld(epoch);
      const batch = this.#take(epoch.queue, this.limits.batchBytes, 1);
      if (!batch.length) { this.ledger.save(epoch); continue; }
      const body = this.#body(epoch, batch);
      epoch.sending = batch.length;
      this.ledger.save(epoch);
      const answer = await this.ports.sender.send(body, !this.#failed, () => { this.#outlives = true; });
      this.#outlives = false;
      epoch.sending = 0;
      if (!this.#settle(epoch, batch, answer)) return;
    }
  }

  #dropOld(epoch: Epoch): void {
    const { maxAge, retryWindow } = this.limits;
    // Of what happened while the clock was wrong the age is not known.
    const age = (since: number) => (since < released ? 0 : this.ports.clock.now() - since);
    epoch.drop('too_old', ({ made, tried }) => (tried ? age(tried) > retryWindow : age(made) > maxAge));
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
      this.#failed = 0;
      this.#most = Infinity;
      epoch.forget(batch);
      this.ledger.save(epoch);
      this.#report(answer.body as { errors?: { code: string; message: string }[] });
      return true;
    }
    if (result !== 'retry') {
      this.#most = batch.length >> 1 || 1;
      if (batch.length > 1) return true;
      // The one event whose bytes will never be taken.
      if (result !== 'smaller') epoch.drop(result, (entry) => entry === batch[0]);
    }
    this.ledger.save(epoch);
    const { status, retryAfter } = answer;
    if (status >= 400 && status < 500 && status !== 429) {
      this.ports.warn(`the server answers ${status}; check host, path, writeKey`);
    }
    this.#wait = delay(this.#failed++, this.limits.retryMax, fraction(this.ports.random), retryAfter);
    this.#asked = retryAfter;
    return false;
  }

  #report({ errors = [] }: { errors?: { code: string; message: string }[] }): void {
    this.rejected += errors.length;
    for (const { code, message } of errors) this.ports.warn(`the server rejected an event: ${code}: ${message}`);
  }

  #plan(ms: number): void {
    this.#cancel ??= this.ports.clock.after(Math.min(ms, kTimerMax), () => { void this.#start(); });
  }

  #unplan(): void {
    this.#cancel?.();
    this.#cancel = this.#asked = undefined;
    this.#wait = 0;
  }
}
