// SPDX-License-Identifier: Apache-2.0
// Numbers move when something happens, over one stream for all tabs, and go on after the server was away.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkFaults, launch, open, openTab, settled, shot, WAIT_MS } from './browser.js';
import { event, Server, siteEvents } from './server.js';

const CLICKS = 100;

const figure = (page) => page.locator('#figure-events').innerText();
const shows = (page, number) => page.waitForFunction(
  (text) => document.querySelector('#figure-events')?.textContent === text, number.toLocaleString('en-US'), { timeout: WAIT_MS });

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

describe('live', () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new Server().start();
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  it('a click in one browser is a number in another', async () => {
    const [seer, clicker] = await Promise.all([1, 2].map(async () => openTab(await browser.newContext(), server)));
    await open(seer, server, 'overview');
    await shows(seer, 0);
    await seer.getByText('Live', { exact: true }).waitFor();
    await seer.evaluate(() => {
      globalThis.seen = new Map();
      new MutationObserver(() => {
        const text = document.querySelector('#figure-events').textContent;
        if (!globalThis.seen.has(text)) globalThis.seen.set(text, performance.timeOrigin + performance.now());
      }).observe(document.querySelector('#app'), { subtree: true, childList: true, characterData: true });
    });
    await open(clicker, server, 'setup');
    await clicker.evaluate(() => {
      globalThis.clicked = [];
      const button = document.createElement('button');
      button.id = 'test-click';
      button.textContent = 'click';
      button.onclick = () => {
        globalThis.clicked.push(performance.timeOrigin + performance.now());
        void fetch('/v1/track', { method: 'POST', headers: { 'X-Write-Key': 'web' }, body: JSON.stringify({ event: 'Clicked', userId: 'u1' }) });
      };
      document.body.append(button);
    });
    for (let n = 1; n <= CLICKS; n++) {
      await clicker.locator('#test-click').click();
      await shows(seer, n);
      await seer.waitForTimeout((n * 37) % 150); // Clicks come at any time of the stream's interval.
    }
    const clicked = await clicker.evaluate(() => globalThis.clicked);
    const seen = new Map(await seer.evaluate(() => [...globalThis.seen]));
    const delays = clicked.map((at, n) => seen.get(String(n + 1)) - at).sort((a, b) => a - b);
    assert.equal(delays.length, CLICKS);
    assert.ok(delays.every(Number.isFinite));
    console.log(`click to changed number in another browser, ${CLICKS} clicks: p50 ${quantile(delays, 0.5).toFixed(1)} ms, p99 ${quantile(delays, 0.99).toFixed(1)} ms`);
    assert.ok(quantile(delays, 0.5) < 250, `half take more than ${quantile(delays, 0.5)} ms`);
    checkFaults(seer);
    await Promise.all([seer, clicker].map((page) => page.context().close()));
  });

  it('five tabs share one stream, and all of them move', async () => {
    const context = await browser.newContext();
    const requests = [];
    context.on('request', (request) => { if (request.url().endsWith('/api/live')) requests.push(request); });
    const tabs = [];
    for (let n = 0; n < 5; n++) {
      const page = await openTab(context, server);
      await open(page, server, 'overview');
      tabs.push(page);
    }
    const was = Number((await figure(tabs[0])).replace(/,/g, ''));
    await server.send([event(), event(), event()]);
    await Promise.all(tabs.map((page) => shows(page, was + 3)));
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const connections = Number(/^http_connections (\d+)/m.exec(metrics)[1]);
    assert.ok(connections <= 8, `${connections} connections for five tabs`);
    assert.equal(requests.length, 0, 'the shared worker asks, no tab does');
    tabs.forEach(checkFaults);
    await tabs[4].close();
    await server.send([event()]);
    await shows(tabs[0], was + 4);
    await context.close();
  });

  it('without a shared worker each tab has a stream of its own', async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => { delete globalThis.SharedWorker; });
    const page = await openTab(context, server);
    await open(page, server, 'overview');
    await page.getByText('Live', { exact: true }).waitFor();
    const was = Number((await figure(page)).replace(/,/g, ''));
    await server.send([event()]);
    await shows(page, was + 1);
    checkFaults(page);
    await context.close();
  });

  it('the server goes away and comes back', async () => {
    const context = await browser.newContext();
    const page = await openTab(context, server, { mayFail: true });
    await open(page, server, 'overview');
    const was = Number((await figure(page)).replace(/,/g, ''));
    await page.getByText('Live', { exact: true }).waitFor();
    await server.kill();
    await page.getByRole('alert').filter({ hasText: 'The server is away' }).waitFor();
    assert.equal(await figure(page), was.toLocaleString('en-US'), 'what was there stays');
    await shot(page, 'away-overview');
    await server.start();
    await page.getByRole('alert').filter({ hasText: 'The server is away' }).waitFor({ state: 'detached' });
    await server.send([event()]);
    await shows(page, was + 1);
    await page.goto(`${server.url}/#/health`);
    await settled(page);
    await page.getByText('All is well').waitFor();
    checkFaults(page);
    await context.close();
  });

  it('a page that is opened while the server is away goes on by itself', async () => {
    const context = await browser.newContext();
    const page = await openTab(context, server, { mayFail: true });
    await open(page, server, 'health');
    await page.getByText('All is well').waitFor();
    await server.kill();
    await page.getByText('The books cannot be read at this moment').waitFor();
    assert.equal(await page.getByText('All is well').count(), 0, 'nothing is said of what is not known');
    await page.evaluate(() => { location.hash = '#/explore'; });
    await page.getByText('The server does not answer').first().waitFor();
    await shot(page, 'away-explore');
    await server.start();
    await page.getByText('The server does not answer').first().waitFor({ state: 'detached' });
    await context.close();
  });

  it('many groups and late events keep the numbers right', async () => {
    const many = Array.from({ length: 400 }, (_, n) => event({ event: `Event ${n}` }));
    const context = await browser.newContext();
    const page = await openTab(context, server);
    await open(page, server, 'overview');
    const was = Number((await figure(page)).replace(/,/g, ''));
    await server.send(many);
    await shows(page, was + 400);
    await server.send(siteEvents(200).map((each) => ({ ...each, timestamp: new Date(Date.now() - 3600_000).toISOString() })));
    const isToday = new Date(Date.now() - 3600_000).getUTCDate() === new Date().getUTCDate();
    await shows(page, was + 400 + (isToday ? 200 : 0));
    const { rows } = await (await fetch(`${server.url}/api/views/events_per_day?group_by=&measures=count`)).json();
    assert.equal((await figure(page)).replace(/,/g, ''), String(rows[rows.length - 1].values.count));
    checkFaults(page);
    await context.close();
  });
});
