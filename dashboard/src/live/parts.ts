// SPDX-License-Identifier: Apache-2.0
import type { HubParts } from './hub';

/** The hub's world in a browser, in a worker as in a page. */
export const browserParts: HubParts = {
  open: (body, signal) =>
    fetch('/api/live', {
      method: 'POST',
      body,
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    }),
  later: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
