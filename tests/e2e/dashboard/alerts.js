// SPDX-License-Identifier: Apache-2.0
// Alerts: made, tested, firing, edited and dropped, with a receiver of webhooks that is really there.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { accessFaults, checkFaults, launch, open, openTab, shot } from './browser.js';
import { event, Server } from './server.js';

describe('alerts', () => {
  let browser;
  let server;
  let page;
  let hook;
  const told = [];
  before(async () => {
    browser = await launch();
    hook = createServer((request, response) => {
      let text = '';
      request.on('data', (part) => { text += part; });
      request.on('end', () => { told.push(JSON.parse(text)); response.end('thanks'); });
    });
    await new Promise((done) => { hook.listen(0, '127.0.0.1', done); });
    server = await new Server({ arguments_: ['--alerts-interval', '1s'] }).start();
    await server.counted(await server.send([event(), event(), event()]), 'events_per_hour');
    page = await openTab(await browser.newContext(), server);
  });
  after(async () => {
    await browser.close();
    await server.end();
    hook.close();
  });

  const card = (name) => page.locator('li.alert', { has: page.getByRole('heading', { name: new RegExp(name) }) });

  it('are found in the navigation, and say what they are for', async () => {
    await open(page, server, 'overview');
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Alerts' }).click();
    await page.getByText('There are no alerts yet.').waitFor();
    assert.equal(await page.locator('nav [aria-current=page]').innerText(), 'Alerts');
    assert.match(await page.title(), /^Alerts/);
  });

  it('one is made of a view', async () => {
    await page.getByRole('button', { name: 'New alert' }).click();
    await page.getByLabel('Alert name').fill('Many events');
    await page.getByLabel('View', { exact: true }).selectOption('events_per_hour');
    await page.getByLabel('Window', { exact: true }).selectOption('present');
    await page.getByLabel('Fires when').selectOption('above');
    await page.getByLabel('Threshold').fill('1000');
    await page.getByLabel('Webhook').fill(`http://127.0.0.1:${hook.address().port}/hook`);
    assert.deepEqual(await accessFaults(page, 'form'), []);
    await shot(page, 'alert-form');
    await page.getByRole('button', { name: 'Save' }).click();
    await card('Many events').getByText('Fires when count of events_per_hour, present window is above 1000.').waitFor();
    await card('Many events').getByText('ok', { exact: true }).waitFor();
    assert.equal(told.length, 0);
  });

  it('a test is delivered, and says so', async () => {
    await card('Many events').getByRole('button', { name: 'Test' }).click();
    await card('Many events').getByText('webhook: the test was delivered').waitFor();
    assert.deepEqual(told.map(({ state }) => state), ['test']);
  });

  it('after a change it fires, and what fired is listed', async () => {
    await card('Many events').getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Alert name').fill('More than two');
    await page.getByLabel('Threshold').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await card('More than two').getByText('firing', { exact: true }).waitFor();
    await card('More than two').getByText(/Firing since/).waitFor();
    await card('More than two').getByText(/webhook: firing delivered/).waitFor();
    assert.equal(told.at(-1).state, 'firing', 'the address that is hidden is still the one to tell');
    assert.match(await page.getByRole('region', { name: 'Firings', exact: true }).innerText(), /More than two[\s\S]*still\s+3/);
    assert.deepEqual(await accessFaults(page, 'firing'), []);
    await shot(page, 'alert-firing');
  });

  it('one of a figure is made, and one that the server refuses says why', async () => {
    await page.getByRole('button', { name: 'New alert' }).click();
    await page.getByLabel('Alert name').fill('Broken books');
    await page.getByLabel('Watches').selectOption('books_broken');
    await page.getByLabel('Webhook').fill('ftp://nowhere');
    page.faults.length = 0;
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('invalid_request').waitFor();
    page.faults.length = 0;
    await page.getByLabel('Webhook').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await card('Broken books').getByText('Fires when books broken is above 0.').waitFor();
  });

  it('dropped they are gone, after a question', async () => {
    for (const name of ['More than two', 'Broken books']) {
      await card(name).getByRole('button', { name: 'Remove' }).click();
      await card(name).waitFor({ state: 'detached' });
    }
    await page.getByText('There are no alerts yet.').waitFor();
    assert.deepEqual((await (await fetch(`${server.url}/api/alerts`)).json()).alerts, []);
    checkFaults(page);
  });
});
