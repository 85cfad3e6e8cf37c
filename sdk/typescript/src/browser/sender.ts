// SPDX-License-Identifier: Apache-2.0
import { packed, post } from '../core/answer';
import type { Answer, Sender } from '../core/ports';

/** Browsers let requests that outlive their page have 64 KiB together. */
const kKeptAliveBytesMax = 60_000;

/**
 * Sends without a header of our own, so that the browser asks the server for no permission first: the key is in the
 * body, and gzip is known by its first bytes.
 */
export class WebSender implements Sender {
  constructor(private readonly url: string) {}

  async send(text: string, first: boolean): Promise<Answer> {
    const body = await packed(text).catch(() => text);
    const keepalive = first && new Blob([body]).size <= kKeptAliveBytesMax;
    return post(this.url, body, { keepalive }, Date.now);
  }

  beacon(text: string): boolean {
    try {
      if (navigator.sendBeacon(this.url, text)) return true;
    } catch {
      // Not there, or switched off.
    }
    void post(this.url, text, { keepalive: true }, Date.now);
    return false;
  }
}
