// SPDX-License-Identifier: Apache-2.0
// Explore of a view with a million groups. usage: node --test many.js
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkFaults, launch, open, openTab, shot } from './browser.js';
import { event, Server } from './server.js';

const GROUPS = 1_000_000;
const A_BATCH = 5_000;
const SLOW_MS = 60_000;
/** Longer than this nothing on the page may keep a click waiting. */
const TASK_MS_MAX = 500;

const VIEW = { name: 'items', window: { tumbling: '1d' }, group_by: ['properties.item'], measures: { count: 'count' } };
const by = (item) => event({ event: 'Seen', properties: { item: `item ${item}` } });

/** Every item once, item 7 three times more. */
async function sendAll(server) {
  for (let n = 0; n < GROUPS; n += A_BATCH) await server.send(Array.from({ length: A_BATCH }, (_, k) => by(n + k)));
  return server.send([by(7), by(7), by(7)]);
}

describe('a million groups', () => {
  let browser;
  let server;
  let page;
  before(async () => {
    browser = await launch();
    server = await new Server({ arguments_: ['--log-segment-bytes', '64MiB'] }).start();
    const made = await fetch(`${server.url}/api/views`, { method: 'POST', body: JSON.stringify(VIEW) });
    assert.ok(made.ok, await made.text());
    const begun = Date.now();
    await server.counted(await sendAll(server), VIEW.name);
    console.log(`${GROUPS} groups are sent and counted after ${Date.now() - begun} ms`);
    // The roll-up that is refused is no fault here.
    page = await openTab(await browser.newContext({ viewport: { width: 1280, height: 900 } }), server, { mayFail: true });
    page.setDefaultTimeout(SLOW_MS);
    await page.addInitScript(() => {
      globalThis.longestTaskMs = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.longestTaskMs = Math.max(globalThis.longestTaskMs, duration);
      }).observe({ type: 'longtask' });
    });
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  async function explore(name, query, chart) {
    const begun = Date.now();
    await page.goto('about:blank');
    await open(page, server, `explore?view=${VIEW.name}&measure=count&chart=${chart}&q=${encodeURIComponent(query)}`);
    console.log(`${name}: shown after ${Date.now() - begun} ms`);
  }

  async function leave(name) {
    const longest = await page.evaluate(() => globalThis.longestTaskMs);
    console.log(`${name}: the longest task took ${longest} ms`);
    assert.ok(longest < TASK_MS_MAX, `${name}: a task took ${longest} ms`);
    await shot(page, `many-${name}`);
    checkFaults(page);
  }

  it('are one line without the grouping', async () => {
    await explore('one', 'group_by=&measures=count', 'table');
    await page.getByRole('cell', { name: '1,000,003' }).waitFor();
    await leave('one');
  });

  it('are ranked: so many of so many, and a new event is seen', async () => {
    await explore('rank', 'group_by=properties.item&measures=count&order=-count&limit=20', 'bar');
    await page.getByText('The first 20 of 1,000,000 groups.').waitFor();
    assert.match(await page.locator('.bars li').first().innerText(), /^item 7\s+4$/);
    assert.equal(await page.locator('.bars li').count(), 20);
    await server.send([by(7)]);
    await page.locator('.bars li', { hasText: /^item 7\s*5$/ }).waitFor();
    await leave('rank');
  });

  it('by time are the first ones, and that is said', async () => {
    await explore('time', 'group_by=properties.item&measures=count', 'line');
    await page.getByText('9,992 groups of these rows are not drawn').waitFor();
    await page.getByText('These are the first 10,000 rows, and there are more.').waitFor();
    await server.send([by(7)]);
    await leave('time');
  });

  it('in a table are no more than the page can hold', async () => {
    await explore('table', 'group_by=properties.item&measures=count', 'table');
    await page.getByText('The first 500 of 10,000 rows are shown').waitFor();
    assert.equal(await page.locator('tbody tr').count(), 500);
    // A rank takes windows as wide as the time: that is refused, and what to choose is said.
    await page.getByLabel('Rows', { exact: true }).selectOption('rank');
    await page.getByText('items counts by day: with that as the window nothing has to be added up.').waitFor();
    await page.getByLabel('Window', { exact: true }).selectOption('1d');
    await page.getByText('The first 20 of 1,000,000 groups.').waitFor();
    await leave('table');
  });
});
