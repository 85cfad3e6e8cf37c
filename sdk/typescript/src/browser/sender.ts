// SPDX-License-Identifier: Apache-2.0
import { packed, post } from '../core/answer';
import type { Answer, Sender } from '../core/ports';
import { attempt } from './store';

/** Browsers let requests that outlive their page have 64 KiB together, those that are sent when it leaves as well. */
const kKeptAliveBytesMax = 5_000;

/**
 * Sends without a header of our own, so that the browser asks the server for no permission first: the key is in the
 * body, and gzip is known by its first bytes.
 */
export class WebSender implements Sender {
  constructor(private readonly url: string) {}

  async send(text: string, first: boolean, outlives: () => void): Promise<Answer> {
    const body = await packed(text).catch(() => text);
    const keepalive = first && new Blob([body]).size <= kKeptAliveBytesMax;
    if (keepalive) outlives();
    return post(this.url, body, { keepalive });
  }

  beacon(text: string): void {
    // It may be switched off, or not there.
    if (!attempt(() => navigator.sendBeacon(this.url, text))) void post(this.url, text, { keepalive: true });
  }
}
