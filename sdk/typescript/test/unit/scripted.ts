// SPDX-License-Identifier: Apache-2.0
// One page, a server that answers what a test says, and vitest's clock.
import { vi } from 'vitest';
import type { CoreOptions } from '../../src/core/options';
import type { Answer } from '../../src/core/ports';
import type { Client } from '../../src/core/client';
import { Browser, seeded, type Network, type Page } from './browser_world';
import { RecordingServer } from './server';

export const kStart = Date.UTC(2026, 10, 27, 12);

export class Scripted implements Network {
  readonly server = new RecordingServer();
  readonly browser: Browser;
  /** What becomes of the next requests; then all are stored. */
  answers: (Answer | 'cut')[] = [];
  /** When requests came. */
  times: number[] = [];
  /** All bodies, those that were not stored too. */
  bodies: { sentAt: string; numbering: { epoch: string; made: number; dropped: object };
    batch: { messageId: string; sequence: number; event: string; [key: string]: unknown }[] }[] = [];
  beacons: string[] = [];
  page!: Page;

  constructor(locks = true) {
    vi.useFakeTimers({ now: kStart });
    this.browser = new Browser(this, seeded(1), locks);
  }

  async open(options: Partial<CoreOptions> = {}): Promise<Client> {
    this.page = this.browser.open(undefined, options);
    await vi.advanceTimersByTimeAsync(100);
    return this.page.client;
  }

  async send(body: string, _outlives?: () => void): Promise<Answer> {
    this.times.push(Date.now());
    this.bodies.push(JSON.parse(body) as (typeof this.bodies)[number]);
    const answer = this.answers.shift();
    if (answer && answer !== 'cut') return answer;
    const stored = this.server.take(body);
    return answer === 'cut' ? { status: 0 } : stored;
  }

  beacon(body: string): void { this.beacons.push(body); }

  names(): string[] {
    return [...this.server.events.values()].map(({ event }) => event!);
  }
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
