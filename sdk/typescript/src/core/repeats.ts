// SPDX-License-Identifier: Apache-2.0
const kRememberedMax = 100;

/** Recognises the same call within `window` milliseconds of the first one; none in 0. */
export class Repeats {
  #seen = new Map<string, number>();

  constructor(private readonly window: number) {}

  /** Whether it is a repetition; if not it is a first one. */
  is(call: string, now: number): boolean {
    const first = this.#seen.get(call);
    if (first !== undefined && Math.abs(now - first) < this.window) return true;
    this.#seen.delete(call);
    this.#seen.set(call, now);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= kRememberedMax) break;
      this.#seen.delete(oldest);
    }
    return false;
  }
}
