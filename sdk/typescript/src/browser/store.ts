// SPDX-License-Identifier: Apache-2.0
import { MemoryStore } from '../core/memory_store';
import type { Store } from '../core/ports';

/** localStorage, which is written before the call returns, also while the page leaves. It may be taken back meanwhile. */
export class WebStore implements Store {
  constructor(private readonly storage: Storage) {}

  get(key: string): string | null { return attempt(() => this.storage.getItem(key)) ?? null; }
  set(key: string, text: string): boolean { return !!attempt(() => (this.storage.setItem(key, text), true)); }
  remove(key: string): void { attempt(() => this.storage.removeItem(key)); }
  keys(): string[] { return attempt(() => Object.keys(this.storage)) ?? []; }
}

/** What `use` returns; undefined: it threw. */
export function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** The store of a page: in memory where the browser grants no other one. What is in a full one counts all the same. */
export function pageStore(): Store {
  return attempt(() => {
    localStorage.getItem('');
    return new WebStore(localStorage);
  }) ?? new MemoryStore();
}
