// SPDX-License-Identifier: Apache-2.0
// Losses on the way, with losses: what is missing, of which devices, what clients gave up, what is not believed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessFaults, checkFaults, launch, open, openTab, settled, shot } from './browser.js';
import { event, Server } from './server.js';

const TODAY = new Date().toISOString().slice(0, 10);

describe('losses', () => {
  let browser;
  let server;
  const numbered = (device, numbers, { made = 0, dropped = {}, source = 'shop' } = {}) =>
    server.sendBatch({ batch: numbers.map((sequence) => event({ anonymousId: device, sequence })), writeKey: source, numbering: { device, epoch: `of ${device}`, made, dropped } });

  before(async () => {
    browser = await launch();
    server = await new Server().start();
    await numbered('tab-1', [1, 2, 5, 6, 9], { made: 12, dropped: { queue_full: 2, too_old: 1 } }); // 3, 4, 7, 8 are missing, 10 to 12 on the way.
    await numbered('tab-2', [1, 3]);
    await numbered('whole', [1, 2, 3]);
    await numbered('liar', [1, 8000]);
    await numbered('endless', [9000]);
    await server.counted(await numbered('phone', [2], { source: 'ios' }));
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  const panel = (page) => page.getByRole('region', { name: 'Losses on the way', exact: true });
  const dayOf = (page, source) => panel(page).locator('tbody tr', { has: page.getByRole('cell', { name: source, exact: true }) });

  async function shown(options) {
    const page = await openTab(await browser.newContext(options), server);
    await open(page, server, 'health');
    await dayOf(page, 'shop').waitFor();
    return page;
  }

  it('are counted by source, those of all days apart from those of the last ones', async () => {
    const page = await shown();
    const shop = await panel(page).locator('li', { hasText: 'shop' }).innerText();
    assert.match(shop, /shop, of all days: .*at least\s+5 did not; in the last 14 days 5\./);
    assert.match(shop, /1 device numbers beyond 8192/);
    assert.match(await panel(page).locator('li', { hasText: 'ios' }).innerText(), /ios, of all days: 1 number of 1 device came/);
    const day = await dayOf(page, 'shop').innerText();
    assert.match(day, new RegExp(`${TODAY}\\s+shop\\s+5\\s+2\\s+3\\s+2 the queue was full, 1 too old\\s+3\\s+7,998\\s+of 1 device`));
    await page.getByRole('alert').getByText('Events were lost on the way in the last days, at least 1 of ios, 5 of shop.').waitFor();
    assert.match(await dayOf(page, 'ios').innerText(), /ios\s+1\s+1\s/);
    checkFaults(page);
    await page.context().close();
  });

  it('have their devices, by the keyboard, too', async () => {
    const page = await shown();
    await dayOf(page, 'shop').getByRole('button', { name: TODAY }).focus();
    await page.keyboard.press('Enter');
    await panel(page).getByText('tab-1').waitFor();
    const devices = await panel(page).locator('tr.details').innerText();
    assert.match(devices, /tab-1: 4 missing \(3–4, 7–8\) of 9, since /);
    assert.match(devices, /tab-2: 1 missing \(2\) of 3/);
    assert.match(devices, /liar: 7,?998 missing .*; not believed/);
    assert.doesNotMatch(devices, /whole/);
    assert.equal(await panel(page).locator('[title]').evaluateAll((all) => all.filter((each) => !each.title.startsWith('rounded')).length), 0, 'nothing is in titles alone');
    await shot(page, 'losses');
    assert.deepEqual(await accessFaults(page, 'losses'), []);
    checkFaults(page);
    await page.context().close();
  });

  it('fit a phone', async () => {
    const page = await shown({ viewport: { width: 390, height: 844 } });
    await dayOf(page, 'shop').getByRole('button', { name: TODAY }).click();
    await panel(page).getByText('tab-1').waitFor();
    await settled(page);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0);
    assert.deepEqual(await accessFaults(page, 'losses on a phone'), []);
    await shot(page, 'losses-phone');
    await page.context().close();
  });
});
