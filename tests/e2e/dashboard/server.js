// SPDX-License-Identifier: Apache-2.0
// The real server, and events for it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BINARY = process.env.HAPAX_BINARY;

export class Server {
  /** `arguments_`: for `hapax serve`; `isOpen`: without a login. */
  constructor({ arguments_ = [], isOpen = true } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'hapax-dashboard-'));
    this.arguments = [...(isOpen ? ['--dev'] : []), ...arguments_];
    this.port = 0;
    this.output = '';
  }

  async start() {
    this.process = spawn(BINARY, ['serve', '--listen', `127.0.0.1:${this.port}`, '--data-dir', join(this.folder, 'data'),
      '--clock-trusted', 'yes', '--log-segment-bytes', '4MiB', ...this.arguments], { stdio: ['ignore', 'pipe', 'pipe'], cwd: this.folder });
    this.process.stderr.on('data', (text) => { this.output += text; });
    this.port = await new Promise((resolve, reject) => {
      this.process.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${this.output}`)));
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        this.output += `${line}\n`;
        const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
        if (found) resolve(Number(found[1]));
      });
    });
    return this;
  }

  /** What the server has printed, or prints within some seconds, that matches `pattern`: its first group. */
  async said(pattern) {
    for (let n = 0; n < 200; n++) {
      const found = pattern.exec(this.output);
      if (found) return found[1];
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    throw new Error(`the server did not say ${pattern}: ${this.output}`);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** As kill -9 does. A start after it has the same port and data. */
  async kill() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  send(events, source = 'web') {
    return this.sendBatch({ batch: events, writeKey: source });
  }

  /** The receipt of what is sent. */
  async sendBatch(body) {
    const response = await fetch(`${this.url}/v1/batch`, { method: 'POST', body: JSON.stringify(body) });
    const answer = await response.json();
    if (response.status !== 200) throw new Error(JSON.stringify(answer));
    return answer.receipt;
  }

  /** Waits until `view` includes the events of `receipt`. */
  async counted(receipt, view = 'events_per_day') {
    let response;
    do response = await fetch(`${this.url}/api/views/${view}?limit=1&after=${encodeURIComponent(receipt)}`);
    while (response.status === 504); // Not yet: there is much to count.
    if (response.status !== 200) throw new Error(await response.text());
  }
}

let made = 0;

export function event(fields = {}) {
  return { type: 'track', event: 'Clicked', userId: 'u1', messageId: `m-${++made}-${Date.now()}`, timestamp: new Date().toISOString(), ...fields };
}

/** Two days of a site: pages, referrers, campaigns, clicks, answers. Always the same but for the time. */
export function siteEvents(count) {
  const paths = ['/', '/', '/', '/pricing', '/docs', '/docs/start', '/blog/once', '/checkout'];
  const referrers = ['https://news.example/', 'https://search.example/?q=hapax', undefined];
  const campaigns = [{ source: 'newsletter', medium: 'email', name: 'spring' }, { source: 'ads', medium: 'cpc', name: 'launch' }];
  const names = ['Clicked', 'Signed Up', 'Order Completed', 'Survey Answered'];
  const pick = (list, n) => list[n % list.length];
  return Array.from({ length: count }, (_, n) => {
    const spread = ((n * 7919) % count) / count;
    const timestamp = new Date(Date.now() - spread * spread * 47 * 3600_000).toISOString();
    const context = { page: { path: pick(paths, n * 3), referrer: pick(referrers, n) }, ...(n % 4 === 0 ? { campaign: pick(campaigns, n / 4) } : {}) };
    const base = { userId: `u${(n * 31) % 97}`, timestamp, context };
    return n % 5 < 3
      ? event({ ...base, type: 'page', event: undefined, name: 'Page' })
      : event({ ...base, event: pick(names, n), properties: { question: 'q1', option: pick(['a', 'b', 'c'], n) } });
  });
}
