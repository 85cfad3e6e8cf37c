// SPDX-License-Identifier: Apache-2.0
// Whatever fails, in whatever order: every event arrives once, under a number of its own, and no number is missing.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CoreOptions } from '../../src/core/options';
import type { Answer } from '../../src/core/ports';
import { Browser, FakeStorage, seeded, type Network, type Page } from './browser_world';
import { RecordingServer } from './server';

const kSeeds = Number(process.env.HAPAX_SDK_SEEDS ?? 150);
const kSteps = 120;
const kPagesMax = 4;

/** A network that loses requests, answers and beacons, in front of a server that is overloaded at times. */
class BadNetwork implements Network {
  broken = true;

  constructor(private readonly server: RecordingServer, private readonly chance: () => number) {}

  async send(body: string, outlives: () => void): Promise<Answer> {
    if (this.chance() < 0.5) outlives();
    await this.#delay(this.chance() * 3000);
    if (!this.broken) return this.server.take(body);
    const fate = this.chance();
    if (fate < 0.2) return { status: 0 };
    if (fate < 0.3) return { status: 503, retryAfter: 2000 };
    if (fate < 0.4) return { status: 429, body: {} };
    if (fate < 0.45) return { status: 200 };  // Somebody else's page.
    if (fate < 0.5) return { status: 401 };
    if (fate < 0.55 && (JSON.parse(body) as { batch: unknown[] }).batch.length > 1) return { status: 413 };
    const answer = this.server.take(body);
    if (fate < 0.75) return { status: 0 };  // The answer was cut, or late.
    await this.#delay(this.chance() * 1000);
    return answer;
  }

  beacon(body: string): void {
    if (this.chance() < 0.5) void this.#delay(this.chance() * 500).then(() => this.server.take(body));
  }

  #delay(ms: number): Promise<void> {
    return new Promise((done) => setTimeout(done, ms));
  }
}

class Story {
  readonly server = new RecordingServer();
  readonly chance: () => number;
  readonly network: BadNetwork;
  readonly browser: Browser;
  /** Events that were stored at some moment, and those of pages that did not crash: all of them must arrive. */
  readonly mustArrive = new Set<string>();
  #pages: { page: Page; session: FakeStorage; tracked: string[]; away: boolean }[] = [];
  #count = 0;

  constructor(seed: number, locks: boolean, private readonly options: Partial<CoreOptions>) {
    this.chance = seeded(seed);
    this.network = new BadNetwork(this.server, this.chance);
    this.browser = new Browser(this.network, this.chance, locks);
    this.browser.local.written = (text) => {
      for (const [, id] of text.matchAll(/"messageId":"(m-\d+)"/g)) this.mustArrive.add(id!);
    };
  }

  async tell(): Promise<void> {
    this.#open(new FakeStorage());
    for (let step = 0; step < kSteps; step++) {
      this.#step();
      await vi.advanceTimersByTimeAsync(this.chance() < 0.5 ? this.chance() * 5 : this.chance() ** 3 * 100_000);
    }
    this.network.broken = false;
    for (const { page } of this.#pages.splice(0)) page.end();
    // Two visits, later.
    for (let visit = 0; visit < 2; visit++) {
      await vi.advanceTimersByTimeAsync(3_600_000);
      const page = this.browser.open(new FakeStorage(), this.options);
      await vi.advanceTimersByTimeAsync(400_000);
      page.end();
    }
  }

  #step(): void {
    const at = Math.floor(this.chance() * this.#pages.length);
    const one = this.#pages[at];
    const what = this.chance();
    if (!one || what < 0.06) return this.#open(new FakeStorage());
    if (what < 0.12) return this.#open(new FakeStorage(one.session));  // The tab is duplicated.
    if (what < 0.2) return this.#crash(at);
    if (what < 0.32) return this.#go(at, what < 0.28 ? one.session : undefined);  // A reload, or the tab is closed.
    if (what < 0.36) return this.#putAside(one);
    if (what < 0.4) return this.#pages.filter(({ away }) => away).forEach((page) => this.#back(page));
    if (what < 0.42) return one.page.client.reset();
    if (what < 0.45) return one.page.client.hurry();
    if (!one.away) this.#track(one);
  }

  #open(session: FakeStorage): void {
    if (this.#pages.length >= kPagesMax) return;
    const page = this.browser.open(session, this.options);
    this.#pages.push({ page, session, tracked: [], away: false });
  }

  #track({ page, tracked }: { page: Page; tracked: string[] }): void {
    for (let more = Math.ceil(this.chance() * 4); more > 0; more--) {
      const messageId = `m-${++this.#count}`;
      tracked.push(messageId);
      page.client.track('Clicked', { n: this.#count }, { messageId });
    }
  }

  #crash(at: number): void {
    const [gone] = this.#pages.splice(at, 1);
    gone!.page.crash();
  }

  #go(at: number, session: FakeStorage | undefined): void {
    const [gone] = this.#pages.splice(at, 1);
    gone!.page.end();
    gone!.tracked.forEach((id) => this.mustArrive.add(id));
    if (session) this.#open(session);
  }

  #putAside(one: { page: Page; away: boolean }): void {
    one.away = true;
    one.page.leave();
  }

  #back(one: { page: Page; away: boolean }): void {
    one.away = false;
    one.page.client.comeBack();
  }
}

describe.each([['with Web Locks', true], ['without', false]])('any interleaving of failures, %s', (_, locks) => {
  beforeEach(() => { vi.useFakeTimers({ now: Date.UTC(2026, 10, 27) }); });
  afterEach(() => { vi.useRealTimers(); });

  it.each(Array.from({ length: kSeeds }, (_, seed) => seed))('seed %i: every event once, and no gap', async (seed) => {
    const story = new Story(seed, locks, {});
    await story.tell();
    const { server, mustArrive, browser } = story;
    expect(server.complaints).toEqual([]);
    expect([...mustArrive].filter((id) => !server.events.has(id)), 'lost').toEqual([]);
    expect(server.gaps()).toBe(0);
    for (const { made, arrived } of server.epochs.values()) {
      expect([...arrived.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: made }, (_, n) => n + 1));
    }
    const waiting = [...browser.local.texts].filter(([key, text]) => key.includes('.e.') && text.includes('messageId'));
    expect(waiting, 'nothing waits any more').toEqual([]);
  });

  it.each(Array.from({ length: kSeeds / 3 }, (_, seed) => seed))('seed %i, little room: what is given up is said', async (seed) => {
    const story = new Story(seed, locks, { queueEvents: 3, epochNumbers: 20 });
    await story.tell();
    const { server } = story;
    expect(server.complaints).toEqual([]);
    // What was given up may have arrived before: it is known then, and counted once.
    expect(server.gaps()).toBeLessThanOrEqual(0);
    for (const { made, dropped, arrived } of server.epochs.values()) {
      expect(made).toBeLessThanOrEqual(20);
      expect(Object.keys(dropped).filter((reason) => reason !== 'queue_full')).toEqual([]);
      expect(made - arrived.size).toBeLessThanOrEqual(dropped.queue_full ?? 0);
    }
  });
});
