// SPDX-License-Identifier: Apache-2.0
// The first password, signing in and out, and going on where one was.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessFaults, launch, openTab, settled, shot } from './browser.js';
import { event, Server } from './server.js';

const PASSWORD = 'a long enough password';

describe('access', () => {
  let browser;
  let server;
  let page;
  before(async () => {
    browser = await launch();
    server = await new Server({ isOpen: false }).start();
    page = await openTab(await browser.newContext(), server, { mayFail: true });
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  const signIn = async (password) => {
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  it('before there is a password the page says where to set it', async () => {
    await page.goto(`${server.url}/`);
    await page.getByText('one-time link').waitFor();
    assert.deepEqual(await accessFaults(page, 'no password'), []);
    await shot(page, 'access-none');
  });

  it('the link of the start sets it, once', async () => {
    const link = await server.said(/(http:\/\/\S+\/#\/setup\/\S+)/);
    await page.goto(link);
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByLabel('Once more').fill('another password');
    await page.getByText('The two are not the same.').waitFor();
    await page.getByLabel('Once more').fill(PASSWORD);
    assert.deepEqual(await accessFaults(page, 'first password'), []);
    await shot(page, 'access-first');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('heading', { name: 'Set up' }).waitFor();
    assert.doesNotMatch(page.url(), /setup\/./, 'the token is not in the address any more');
    const again = await openTab(await browser.newContext(), server, { mayFail: true });
    await again.goto(link);
    await again.getByLabel('New password').fill(PASSWORD);
    await again.getByLabel('Once more').fill(PASSWORD);
    await again.getByRole('button', { name: 'Set the password' }).click();
    await again.getByText('wrong_link').waitFor();
    await again.context().close();
  });

  it('live numbers come over the session', async () => {
    await page.goto(`${server.url}/#/overview`);
    await page.getByText('Live', { exact: true }).waitFor();
    await server.send([event()]);
    await page.waitForFunction(() => document.querySelector('#figure-events')?.textContent === '1');
  });

  it('on a phone what is above the pages takes one line', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const middle = async (locator) => { const { y, height } = await locator.boundingBox(); return y + height / 2; };
    const [name, out] = [await middle(page.locator('.brand')), await middle(page.getByRole('button', { name: 'Sign out' }))];
    assert.ok(Math.abs(name - out) < 10, `${name} and ${out}`);
    await shot(page, 'access-phone');
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  it('a wrong password is told, a right one leads to where one wanted to go', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.goto(`${server.url}/#/health`);
    await signIn('wrong');
    await page.getByText('wrong_password').waitFor();
    assert.deepEqual(await accessFaults(page, 'login'), []);
    await shot(page, 'access-wrong');
    await signIn(PASSWORD);
    await page.getByRole('heading', { name: 'Health' }).waitFor();
    await settled(page);
  });

  it('who is signed out elsewhere signs in again and goes on there', async () => {
    await page.goto(`${server.url}/#/explore?view=events_per_day`);
    await settled(page);
    await page.evaluate(() => fetch('/api/session', { method: 'DELETE' }));
    await page.getByLabel('Window', { exact: true }).selectOption('1w');
    await page.getByText('You were signed out').waitFor();
    await signIn(PASSWORD);
    await page.getByRole('heading', { name: 'Explore' }).waitFor();
    assert.match(page.url(), /view=events_per_day.*window%3D1w/);
    assert.deepEqual(page.faults, []);
  });

  it('who may not see single events is told so, and sees how many are missing', async () => {
    const reader = await new Server({ isOpen: false, arguments_: ['--api-read-keys', 'reads'] }).start();
    try {
      const numbering = { device: 'tab', epoch: 'e1', made: 3, dropped: {} };
      await reader.sendBatch({ batch: [1, 3].map((sequence) => event({ sequence })), writeKey: 'web', numbering });
      // As a proxy does that signs people in.
      const context = await browser.newContext({ extraHTTPHeaders: { Authorization: 'Bearer reads' } });
      const tab = await openTab(context, reader, { mayFail: true });
      await tab.goto(`${reader.url}/#/health`);
      const losses = tab.getByRole('region', { name: 'Losses on the way' });
      await losses.getByRole('button').first().click();
      await losses.getByText('You may not see which devices these are').waitFor();
      assert.deepEqual(await accessFaults(tab, 'losses'), []);
      await shot(tab, 'access-losses');
      await tab.goto(`${reader.url}/#/events`);
      await tab.getByText('You may not see raw events.').waitFor();
      assert.deepEqual(tab.faults, []);
      await context.close();
    } finally {
      await reader.end();
    }
  });

  it('nothing is read without it', async () => {
    for (const path of ['/api/views', '/api/audit', '/metrics', '/api/keys']) {
      assert.equal((await fetch(server.url + path)).status, 401, path);
    }
    assert.equal((await fetch(`${server.url}/api/live`, { method: 'POST', body: '{"streams":[]}' })).status, 401);
  });
});
