// SPDX-License-Identifier: Apache-2.0
// Every page in every state: is it accessible, does it keep to the policy, does it ask no other host.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessFaults, checkFaults, launch, open, openTab, settled, shot } from './browser.js';
import { event, Server, siteEvents } from './server.js';

const PAGES = {
  overview: 'overview',
  hour: 'overview?period=hour',
  week: 'overview?period=week',
  explore: 'explore?view=events_per_hour&q=group_by%3Devent%26measures%3Dcount&measure=count',
  bars: 'explore?view=events_per_hour&q=group_by%3Dsource%26measures%3Dcount&measure=count&chart=bar',
  rank: 'explore?view=pages_per_hour&q=group_by%3Dcontext.page.path%26measures%3Dcount%26order%3D-count%26limit%3D20%26window%3D1d&chart=bar&measure=count',
  table: 'explore?view=sessions_per_day&chart=table',
  boards: 'boards',
  board: 'boards/web',
  alerts: 'alerts',
  events: 'events',
  search: 'events?mode=search',
  health: 'health',
  docs: 'docs/errors/while-it-runs',
  setup: 'setup',
  nowhere: 'no/such/page',
};

describe('pages', () => {
  let browser;
  before(async () => { browser = await launch(); });
  after(() => browser.close());

  async function visitAll(server, state, options, pages = PAGES) {
    const context = await browser.newContext(options);
    const faults = [];
    for (const [name, place] of Object.entries(pages)) {
      const page = await openTab(context, server);
      await open(page, server, place);
      await shot(page, `${state}-${name}`);
      faults.push(...await accessFaults(page, `${state} ${name}`), ...await placeFaults(page), ...page.faults.map((fault) => `${state} ${name}: ${fault}`));
      await page.close();
    }
    await context.close();
    assert.deepEqual(faults, []);
  }

  async function withServer(count, run) {
    const server = await new Server().start();
    try {
      if (count > 0) {
        const events = siteEvents(count);
        await server.send(events.slice(count / 3), 'web');
        await server.counted(await server.send(events.slice(0, count / 3), 'ios'));
        await server.send([{ type: 'track', userId: 'u1', messageId: 'bad' }], 'web'); // Without a name.
      }
      await run(server);
    } finally {
      await server.end();
    }
  }

  it('with nothing in them say what to do', () => withServer(0, async (server) => {
    await visitAll(server, 'empty', { colorScheme: 'light' });
    const page = await openTab(await browser.newContext(), server);
    await open(page, server, 'overview');
    assert.equal(await page.getByRole('link', { name: 'Send the first event' }).getAttribute('href'), '#/setup');
    await page.context().close();
  }));

  it('with one event', () => withServer(0, async (server) => {
    await server.counted(await server.send([event()]));
    await visitAll(server, 'one', { colorScheme: 'light' }, { overview: PAGES.overview, explore: PAGES.explore, health: PAGES.health });
  }));

  it('with two days of a site, light, dark and on a phone', () => withServer(6000, async (server) => {
    await visitAll(server, 'light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } });
    await visitAll(server, 'dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } });
    await visitAll(server, 'phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } });
  }));

  /** Whatever the width, the page itself never moves sideways, and the entry of the page is seen whole. */
  async function placeFaults(page) {
    const { over, hidden } = await page.evaluate(() => {
      const entry = document.querySelector('nav [aria-current]')?.getBoundingClientRect();
      return { over: document.documentElement.scrollWidth - innerWidth, hidden: entry ? Math.max(0, Math.ceil(entry.right - innerWidth), Math.ceil(-entry.left)) : 0 };
    });
    return [...(over > 0 ? [`${page.url()} is ${over} px too wide`] : []), ...(hidden > 0 ? [`${page.url()}: ${hidden} px of its entry are not seen`] : [])];
  }

  it('are small, and painted soon', () => withServer(600, async (server) => {
    const context = await browser.newContext();
    const page = await openTab(context, server);
    let bytes = 0;
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await open(page, server, 'overview');
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    console.log(`first page: ${bytes} bytes received, first contentful paint after ${Math.round(paint)} ms`);
    assert.ok(bytes < 200_000, `${bytes} bytes`);
    checkFaults(page);
    await context.close();
  }));

  it('have the headers that keep others out', () => withServer(0, async (server) => {
    const page = await fetch(`${server.url}/`);
    const text = await page.text();
    assert.match(page.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(page.headers.get('x-frame-options'), 'DENY');
    assert.doesNotMatch(text, /<script>|<style|style=|onload=/);
    for (const [, path] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      const file = await fetch(server.url + path);
      assert.equal(file.status, 200, path);
      assert.match(file.headers.get('cache-control'), /immutable/);
      assert.match(file.headers.get('content-security-policy'), /default-src 'none'/);
    }
  }));

  it('cannot be shown in a frame of another page', () => withServer(0, async (server) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const refused = page.waitForEvent('console', (message) => /frame/.test(message.text()) && message.text().includes(server.url));
    await page.setContent(`<iframe src="${server.url}/" width="600" height="400"></iframe>`);
    await refused;
    const frame = page.frames()[1];
    assert.equal(await frame.locator('#app').count().catch(() => 0), 0);
    await context.close();
  }));

  it('are drawn anew in the other colours', () => withServer(600, async (server) => {
    const context = await browser.newContext({ colorScheme: 'light' });
    const page = await openTab(context, server);
    await open(page, server, 'overview');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Auto' }).click(); // Light.
    assert.equal(await background(), light);
    await page.getByRole('button', { name: 'Light' }).click(); // Dark.
    assert.notEqual(await background(), light);
    await page.reload();
    await settled(page);
    assert.notEqual(await background(), light, 'the choice is kept');
    checkFaults(page);
    await context.close();
  }));
});
