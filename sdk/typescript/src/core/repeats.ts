// SPDX-License-Identifier: Apache-2.0
const kRememberedMax = 100;

/** Recognises the same call within `within` milliseconds of the first one; none in 0. */
export class Repeats {
  #seen = new Map<string, number>();

  constructor(private readonly within: number) {}

  /** Whether it is a repetition; if not it is a first one. */
  is(call: string, now: number): boolean {
    const first = this.#seen.get(call) ?? NaN;
    if (Math.abs(now - first) < this.within) return true;
    this.#seen.delete(call);
    this.#seen.set(call, now);
    if (this.#seen.size > kRememberedMax) this.#seen.delete(this.#seen.keys().next().value!);
    return false;
  }
}
