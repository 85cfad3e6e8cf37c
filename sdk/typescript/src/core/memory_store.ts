// SPDX-License-Identifier: Apache-2.0
import type { Store } from './ports';

/** What is gone with its page, or its process. */
export class MemoryStore implements Store {
  #texts = new Map<string, string>();

  get(key: string): string | null { return this.#texts.get(key) ?? null; }
  set(key: string, text: string): boolean { this.#texts.set(key, text); return true; }
  remove(key: string): void { this.#texts.delete(key); }
  keys(): string[] { return [...this.#texts.keys()]; }
}
