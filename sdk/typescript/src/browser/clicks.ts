// SPDX-License-Identifier: Apache-2.0
import type { Client } from '../core/client';
import type { Properties } from '../core/event';

const kPrefix = 'hapax';

/**
 * Tracks clicks on elements with `data-hapax-event="Name"`, and forms with it when they are sent. Their other
 * attributes are the properties: `data-hapax-plan="pro"` is `{ plan: 'pro' }`.
 */
export function trackClicks(client: Client): void {
  for (const type of ['click', 'submit']) {
    document.addEventListener(type, ({ target }) => {
      const element = target instanceof Element && target.closest<HTMLElement>('[data-hapax-event]');
      if (element && (element instanceof HTMLFormElement) === (type === 'submit')) track(client, element.dataset);
    }, true);
  }
}

function track(client: Client, data: DOMStringMap): void {
  const properties: Properties = {};
  for (const [key, value] of Object.entries(data)) {
    const name = key.slice(kPrefix.length);
    if (key.startsWith(kPrefix) && name && name !== 'Event') properties[name[0]!.toLowerCase() + name.slice(1)] = value;
  }
  client.track(data.hapaxEvent ?? '', properties);
}
