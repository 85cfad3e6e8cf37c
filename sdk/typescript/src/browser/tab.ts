// SPDX-License-Identifier: Apache-2.0
import type { Clock, Owners } from '../core/ports';
import { attempt } from './store';

/** What was not written for so long is taken for left behind. A page writes at each try to send. */
const kLeftBehind = 60_000;

/**
 * Without Web Locks, as on plain http: the epoch goes from page to page of one tab, by a note in sessionStorage
 * that is there only between two pages. A tab that is duplicated, or opens another, copies no note, because its page
 * is alive; after a crash there is none, and another epoch begins. One that is duplicated while it shows another site
 * copies the note: so who comes first marks the epoch as taken. No two pages ever number in one epoch.
 * Whether a page is gone nobody can know here: what seems left behind is sent, which does no harm if it was not,
 * and never written.
 */
export class TabOwners implements Owners {
  readonly exclusive = false;

  constructor(private readonly session: () => Storage, private readonly key: string, private readonly clock: Clock) {}

  async resume(epochs: string[]): Promise<string | undefined> {
    const noted = this.#note();
    return epochs.find((epoch) => epoch === noted);
  }

  async begin(): Promise<void> {}

  async adopt(_epoch: string, saved: number): Promise<boolean> {
    return Math.abs(this.clock.now() - saved) > kLeftBehind;
  }

  release(epoch: string, next: boolean): void {
    if (next) attempt(() => this.session().setItem(this.key, epoch));
  }

  /** Denied: then there is no note, and each page has an epoch of its own. */
  #note(): string | null | undefined {
    return attempt(() => {
      const noted = this.session().getItem(this.key);
      this.session().removeItem(this.key);
      return noted;
    });
  }
}
