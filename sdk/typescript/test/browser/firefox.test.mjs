// SPDX-License-Identifier: Apache-2.0
// The queue and its numbers in Firefox, which is driven by WebDriver BiDi.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, it } from 'node:test';
import puppeteer from 'puppeteer-core';
import { Network, openSite, startServer, until } from './world.mjs';

const kFirefox = '/usr/bin/firefox-esr';
let server, network, site, browser;

before(async () => {
  server = await startServer();
  network = await new Network(server.port).open();
  site = await openSite(network);
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: kFirefox, headless: true });
}, { timeout: 90_000 });
after(async () => {
  await browser?.close();
  site.close();
  network.close();
  await server.stop();
});

const open = async () => {
  const page = await browser.newPage();
  await page.goto(site.page());
  await page.waitForFunction(() => window.hapax?.track);
  return page;
};
const track = (page, first, last) => page.evaluate((from, to) => {
  for (let n = from; n <= to; n++) window.hapax.track('Clicked', { n });
}, first, last);
const arrived = () => [...network.epochs.values()].reduce((sum, epoch) => sum + epoch.arrived.size, 0);

it('two tabs, reloads, answers that are cut: every number once', { skip: !existsSync(kFirefox) }, async () => {
  const pages = [await open(), await open()];
  network.fault = (n) => ['cut', undefined, 'lost'][n % 3];
  for (let round = 0; round < 5; round++) {
    for (const [at, page] of pages.entries()) await track(page, round * 20 + at * 10 + 1, round * 20 + at * 10 + 10);
    await pages[0].reload();
    await pages[0].waitForFunction(() => window.hapax?.track);
  }
  network.fault = () => undefined;
  for (const page of pages) await page.evaluate(() => dispatchEvent(new Event('online')));  // Rather than wait long.
  await until(() => arrived() === 100 && network.gaps() === 0, 'all 100');
  assert.deepEqual(network.twice, []);
  const { body } = await server.get('/api/views/events_per_minute?event=Clicked&from=1970-01-01T00:00:00Z');
  assert.equal(body.rows.reduce((sum, row) => sum + row.values.count, 0), 100);
});

it('a page that is left keeps what it queued for the next one', { skip: !existsSync(kFirefox) }, async () => {
  network.fault = () => 'lost';
  const page = await open();
  await track(page, 1, 5);
  await page.goto(site.page('blank.html'));
  network.fault = () => undefined;
  await page.goto(site.page());
  await until(() => arrived() === 105 && network.gaps() === 0, 'all 105');
});
