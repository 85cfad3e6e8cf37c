// SPDX-License-Identifier: Apache-2.0
// A chart shows all of its range, up to now, or says what it does not show; a number is that of the present window.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessFaults, checkFaults, launch, open, openTab, shot } from './browser.js';
import { event, Server } from './server.js';

const MINUTE_MS = 60_000;
const NAMES = 8;

/** An event of each name in each minute of the last day, in batches. */
function* minutesOfADay() {
  const now = Date.now();
  for (let hour = 0; hour < 24; hour++) {
    yield Array.from({ length: 60 * NAMES }, (_, n) => event({
      event: `Name ${n % NAMES}`, timestamp: new Date(now - (hour * 60 + Math.floor(n / NAMES)) * MINUTE_MS).toISOString() }));
  }
}

describe('whole', () => {
  let browser;
  let server;
  let context;
  let page;
  before(async () => {
    browser = await launch();
    server = await new Server().start();
    for (const batch of minutesOfADay()) await server.counted(await server.send(batch), 'events_per_minute');
    context = await browser.newContext();
    page = await openTab(context, server);
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  const explore = (query, range, chart = 'line') =>
    open(page, server, `explore?view=events_per_minute&measure=count&q=${encodeURIComponent(query)}&range=${encodeURIComponent(range)}&chart=${chart}`);
  /** How many windows a chart has, and how long ago the last of them begins. */
  async function drawn() {
    const text = await page.getByRole('img', { name: /count of events_per_minute/ }).getAttribute('aria-label');
    const [, windows, to] = /(\d+) windows from .* to ([^;]*);/.exec(text);
    const last = Date.parse(`${to.replace(',', '')} ${new Date().getUTCFullYear()} UTC`.replace(/^(\d+ \w+) (\d+:\d+) (\d+) UTC$/, '$1 $3 $2 UTC'));
    return { windows: Number(windows), behindMs: Date.now() - last, text };
  }

  it('charts go up to now, with as many windows as they have room for', async () => {
    const six = new Date(Date.now() - 6 * 1440 * MINUTE_MS).toISOString().slice(0, 16);
    for (const [query, range] of [['group_by=&measures=count', '7d'], ['group_by=&measures=count', `${six}Z/`], ['group_by=event&measures=count', '24h'], ['group_by=&measures=count', '365d']]) {
      await explore(query, range);
      const { windows, behindMs, text } = await drawn();
      assert.ok(windows > 100 && windows <= 1000, text);
      assert.ok(behindMs >= -MINUTE_MS && behindMs < 25 * 60 * MINUTE_MS, text);
      await page.getByText(/too many by minute for a chart/).waitFor();
      assert.equal(await page.getByText('nothing is drawn for it').count(), 0);
    }
    assert.deepEqual(await accessFaults(page, 'whole'), []);
    checkFaults(page);
  });

  it('what is counted is the same by any window', async () => {
    await explore('group_by=event&measures=count', '24h', 'bar');
    await page.getByText('Name 7', { exact: true }).waitFor();
    await page.getByRole('img', { name: /count of events_per_minute/ }).focus();
    await page.keyboard.press('ArrowLeft');
    for (let n = 0; n < 20; n++) await page.keyboard.press('ArrowLeft');
    assert.match(await page.locator('.readout').innerText(), /Name 0 5 · .*Name 7 5/);
    await shot(page, 'whole-24h');
    checkFaults(page);
  });

  it('a number is of the present window', async () => {
    await explore('group_by=&measures=count&window=1h', '24h', 'number');
    await page.getByText(/of the present window, .*, which goes on/).waitFor();
    await explore('group_by=&measures=count&event=Never', '24h', 'number');
    assert.equal(await page.locator('.big .num').innerText(), '0');
    checkFaults(page);
  });

  it('what is cut says so, is drawn as nothing, and is not asked for again and again', async () => {
    const many = Array.from({ length: 9 }, (_, hour) => Array.from({ length: 1200 }, (_, n) => event({ event: `Many ${n}`, timestamp: new Date(Date.now() - (hour + 1) * 60 * MINUTE_MS).toISOString() })));
    let receipt;
    for (const batch of many) receipt = await server.send(batch, 'many');
    await server.counted(receipt, 'events_per_minute');
    const asked = [];
    page.on('request', (request) => { if (request.url().includes('/api/views/events_per_minute?')) asked.push(request.url()); });
    await explore('group_by=event&measures=count&source=many&window=1h', '24h');
    await page.getByText(/on not all is known, and nothing is drawn for it/).waitFor();
    await shot(page, 'whole-cut');
    const before = asked.length;
    for (let n = 0; n < 6; n++) {
      await server.send([event({ event: 'Many 1' })], 'many');
      await page.waitForTimeout(600);
    }
    assert.ok(asked.length - before <= 1, `asked ${asked.length - before} times`);
    assert.doesNotMatch(await page.locator('.fresh').first().innerText(), /live/);
    await explore('group_by=event&measures=count&source=many&window=1h', '24h', 'table');
    await page.getByText(/rows, and there are more|More rows than are shown/).waitFor();
    checkFaults(page);
  });
});
