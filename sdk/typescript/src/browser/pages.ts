// SPDX-License-Identifier: Apache-2.0
import type { Client } from '../core/client';

/** Tracks this page, and each that a single-page app shows by changing path or query. */
export function trackPages(client: Client): void {
  let last: string | undefined;
  const look = () => {
    const here = location.pathname + location.search;
    if (here === last) return;
    last = here;
    client.page();
  };
  for (const name of ['pushState', 'replaceState'] as const) {
    const change = history[name];
    history[name] = function (...given) {
      change.apply(this, given);
      look();
    };
  }
  addEventListener('popstate', look);
  look();
}
