// SPDX-License-Identifier: Apache-2.0
import { MemoryStore } from '../core/memory_store';
import type { Store } from '../core/ports';

/** localStorage, which is written before the call returns, also while the page leaves. */
export class WebStore implements Store {
  constructor(private readonly storage: Storage) {}

  get(key: string): string | null { return this.storage.getItem(key); }

  set(key: string, text: string): boolean {
    try {
      this.storage.setItem(key, text);
      return true;
    } catch {
      return false;
    }
  }

  remove(key: string): void { this.storage.removeItem(key); }
  keys(): string[] { return Object.keys(this.storage); }
}

/** The store of a page: in memory where the browser grants no other one, or has no room at all in it. */
export function pageStore(): Store {
  try {
    const probe = 'hapax.probe';
    localStorage.setItem(probe, probe);
    localStorage.removeItem(probe);
    return new WebStore(localStorage);
  } catch {
    return new MemoryStore();
  }
}
