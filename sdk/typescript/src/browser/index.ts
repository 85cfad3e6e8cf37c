// SPDX-License-Identifier: Apache-2.0
import { Client } from '../core/client';
import type { CoreOptions } from '../core/options';
import type { Clock } from '../core/ports';
import { pageContext, tracksNot } from './context';
import { LockOwners } from './locks';
import { WebSender } from './sender';
import { pageStore } from './store';
import { TabOwners } from './tab';

export { trackClicks } from './clicks';
export { trackPages } from './pages';
export type { CallOptions, Properties } from '../core/event';
export type { Consent } from '../core/options';
export type { Client, Stats } from '../core/client';

export interface Options extends CoreOptions {
  /** Where the server is, `https://events.example.com`. @default the origin of the page */
  host?: string;
  /** Where it takes batches; another one where a proxy of the page's own site passes it on. @default '/v1/batch' */
  path?: string;
}

const clock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** Tracks events of the person at this browser. Two clients of one page with one key are two devices' worth of epochs. */
export function createClient(options: Options): Client {
  const { writeKey, host = location.origin, path = '/v1/batch' } = options;
  const lock = `hapax.${writeKey}.`;
  const client = new Client(options, {
    store: pageStore(),
    owners: navigator.locks
      ? new LockOwners(navigator.locks, lock) : new TabOwners(() => sessionStorage, `${lock}tab`, clock),
    clock,
    sender: new WebSender(host.replace(/\/+$/, '') + path),
    random: (bytes) => crypto.getRandomValues(bytes),
    context: pageContext,
    refused: tracksNot,
    personal: true,
    warn: (text) => console.warn(text),
  });
  live(client);
  return client;
}

/** Follows the life of the page: mobile browsers may say nothing after they have hidden it. */
function live(client: Client): void {
  addEventListener('pagehide', () => client.leave());
  addEventListener('pageshow', ({ persisted }) => { if (persisted) client.comeBack(); });
  addEventListener('online', () => client.hurry());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') void client.flush();
  });
}
