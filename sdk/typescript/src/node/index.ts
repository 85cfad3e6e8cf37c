// SPDX-License-Identifier: Apache-2.0
import { webcrypto } from 'node:crypto';
import { packed, post } from '../core/answer';
import { Client } from '../core/client';
import { MemoryStore } from '../core/memory_store';
import type { CoreOptions } from '../core/options';
import type { Answer, Owners, Sender } from '../core/ports';

export type { CallOptions, Properties } from '../core/event';
export type { Consent } from '../core/options';
export type { Client, Stats } from '../core/client';

export interface Options extends Omit<CoreOptions, 'consent' | 'doNotTrack'> {
  /** Where the server is, `https://events.example.com`. */
  host: string;
  /** Where it takes batches. @default '/v1/batch' */
  path?: string;
}

/** Tracks events of many people: each call says of whom, `track('Paid', { cents: 900 }, { userId: 'ada' })`. */
export class NodeClient extends Client {
  /**
   * Sends what is queued, again where a try fails, for up to `timeout` milliseconds, and ends. False: not all of it
   * was acknowledged, and what was not is lost, since nothing is kept on disk.
   */
  async close(timeout = 10_000): Promise<boolean> {
    let late = false;
    let cancel = () => {};
    const deadline = new Promise<void>((reached) => {
      cancel = later(Math.min(timeout, kTimerMax), () => { late = true; reached(); });
    });
    await Promise.race([this.flush(), deadline]);
    while (this.stats().queued && !late) await new Promise((done) => setTimeout(done, kCloseStep));
    cancel();
    const { queued } = this.stats();
    this.leave();
    return queued === 0;
  }
}

export function createClient(options: Options): NodeClient {
  return new NodeClient(options, {
    store: new MemoryStore(),
    owners: new ProcessOwners(),
    clock: { now: () => Date.now(), after: later },
    sender: new HttpSender(options.host.replace(/\/+$/, '') + (options.path ?? '/v1/batch')),
    random: (bytes) => webcrypto.getRandomValues(bytes),
    context: () => ({}),
    refused: () => false,
    personal: false,
    warn: (text) => console.warn(text),
  });
}

const kCloseStep = 20;
/** A timer of 25 days runs at once. */
const kTimerMax = 1e9;

/** One process, one epoch: nothing is shared, and what is in memory goes with it. */
class ProcessOwners implements Owners {
  readonly exclusive = true;
  async resume(): Promise<undefined> {}
  async begin(): Promise<void> {}
  async adopt(): Promise<boolean> { return false; }
  release(): void {}
}

class HttpSender implements Sender {
  constructor(private readonly url: string) {}

  async send(text: string): Promise<Answer> {
    const body = await packed(text).catch(() => text);
    const headers = { 'Content-Type': 'application/json', ...(typeof body !== 'string' && { 'Content-Encoding': 'gzip' }) };
    return post(this.url, body, { headers });
  }

  beacon(): void {}
}

function later(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}
