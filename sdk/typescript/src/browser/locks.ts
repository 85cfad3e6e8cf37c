// SPDX-License-Identifier: Apache-2.0
import type { Owners } from '../core/ports';

/** What another process wrote just before it lost a lock may be seen a little later than the lock is. */
const kSettle = 50;

/** A Web Lock for each epoch, held until the page leaves, and lost by a page that crashes. */
export class LockOwners implements Owners {
  readonly exclusive = true;
  #held = new Map<string, () => void>();

  constructor(private readonly locks: LockManager, private readonly prefix: string) {}

  async resume(epochs: string[]): Promise<string | undefined> {
    for (const epoch of epochs) {
      if (await this.adopt(epoch)) return epoch;
    }
    return undefined;
  }

  async begin(epoch: string): Promise<void> {
    await this.#take(epoch);
  }

  async adopt(epoch: string): Promise<boolean> {
    const taken = await this.#take(epoch);
    if (taken) await new Promise((settled) => setTimeout(settled, kSettle));
    return taken;
  }

  release(epoch: string): void {
    this.#held.get(epoch)?.();
    this.#held.delete(epoch);
  }

  #take(epoch: string): Promise<boolean> {
    return new Promise((answer) => {
      this.locks.request(this.prefix + epoch, { ifAvailable: true }, (lock) => {
        answer(!!lock);
        return lock && new Promise<void>((release) => this.#held.set(epoch, release));
      }).catch(() => answer(false));
    });
  }
}
