// SPDX-License-Identifier: Apache-2.0
// Tabs of one browser, with what they share, and what a page takes with it when it dies. Time is vitest's.
import { Client } from '../../src/core/client';
import type { CoreOptions } from '../../src/core/options';
import type { Answer, Clock, Sender } from '../../src/core/ports';
import { LockOwners } from '../../src/browser/locks';
import { WebStore } from '../../src/browser/store';
import { TabOwners } from '../../src/browser/tab';

/** localStorage or sessionStorage. */
export class FakeStorage {
  texts = new Map<string, string>();
  written: (text: string) => void = () => {};
  bytesMax = Infinity;

  constructor(of?: FakeStorage) {
    if (of) this.texts = new Map(of.texts);
  }

  getItem(key: string): string | null { return this.texts.get(key) ?? null; }
  removeItem(key: string): void { this.texts.delete(key); }

  setItem(key: string, text: string): void {
    let bytes = text.length;
    for (const [other, value] of this.texts) if (other !== key) bytes += value.length;
    if (bytes > this.bytesMax) throw new DOMException('full', 'QuotaExceededError');
    this.texts.set(key, text);
    this.written(text);
  }
}

/** Web Locks, of which only `ifAvailable` is used. */
class FakeLocks {
  held = new Map<string, Page>();

  of(page: Page): LockManager {
    const request = async (name: string, _options: unknown, callback: (lock: object | null) => unknown) => {
      await Promise.resolve();
      if (page.dead) return new Promise(() => {});
      if (this.held.has(name)) return callback(null);
      this.held.set(name, page);
      const until = callback({});
      await until;
      if (this.held.get(name) === page) this.held.delete(name);
    };
    return { request } as unknown as LockManager;
  }

  lose(page: Page): void {
    for (const [name, owner] of this.held) if (owner === page) this.held.delete(name);
  }
}

export interface Network {
  /** Calls `outlives` where the request comes to the server also when its page is gone. */
  send(body: string, outlives: () => void): Promise<Answer>;
  beacon(body: string): void;
}

export class Page {
  dead = false;
  readonly client: Client;

  constructor(readonly browser: Browser, readonly session: FakeStorage, options: Partial<CoreOptions>) {
    const clock: Clock = {
      now: () => Date.now(),
      after: (ms, task) => {
        const timer = setTimeout(() => { if (!this.dead) task(); }, ms);
        return () => clearTimeout(timer);
      },
    };
    const alive = { get: () => this.dead };
    const store = new WebStore(browser.local.seenBy(alive) as unknown as Storage);
    const sender: Sender = {
      // A dead page sends nothing, and hears of nothing.
      send: async (body, _first, outlives) => {
        if (this.dead) return new Promise<Answer>(() => {});
        const answer = await browser.network.send(body, outlives);
        return this.dead ? new Promise<Answer>(() => {}) : answer;
      },
      beacon: (body) => { if (!this.dead) browser.network.beacon(body); },
    };
    this.client = new Client({ writeKey: 'web', ...options }, {
      store, clock, sender,
      owners: browser.locks ? new LockOwners(browser.locks.of(this), 'lock.')
        : new TabOwners(() => session as unknown as Storage, 'tab', clock),
      random: (bytes) => bytes.map(() => browser.chance() * 256),
      context: () => ({ page: { path: '/' } }),
      refused: () => browser.refuses,
      personal: true,
      warn: (text) => browser.warnings.push(text),
    });
  }

  /** The user goes elsewhere; the page is gone, or kept for coming back. */
  leave(): void { this.client.leave(); }

  crash(): void {
    this.dead = true;
    this.browser.locks?.lose(this);
  }

  /** The page is destroyed after leave(). */
  end(): void {
    this.leave();
    this.dead = true;
    this.browser.locks?.lose(this);
  }
}

class SharedStorage extends FakeStorage {
  seenBy(page: { get: () => boolean }): object {
    return new Proxy(this, {
      ownKeys: () => [...this.texts.keys()],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      get: (_, name: 'getItem' | 'setItem' | 'removeItem') => (...given: [string, string]) => {
        if (name !== 'getItem' && page.get()) return undefined;
        return this[name](...given);
      },
    });
  }
}

export class Browser {
  readonly local = new SharedStorage();
  readonly locks: FakeLocks | undefined;
  warnings: string[] = [];
  refuses = false;

  constructor(readonly network: Network, readonly chance: () => number, withLocks = true) {
    this.locks = withLocks ? new FakeLocks() : undefined;
  }

  open(session = new FakeStorage(), options: Partial<CoreOptions> = {}): Page {
    return new Page(this, session, options);
  }
}

/** Random numbers that a seed repeats: mulberry32. */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
