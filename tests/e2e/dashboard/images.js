// SPDX-License-Identifier: Apache-2.0
// The pictures of docs/dashboard.md; with HAPAX_IMAGES=<folder> they are written there.
import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkFaults, launch, open, openTab, settled } from './browser.js';
import { event, Server, siteEvents } from './server.js';

const FOLDER = process.env.HAPAX_IMAGES ?? process.env.HAPAX_SHOTS_DIR ?? 'shots';
const BYTES_MAX = 200_000;

describe('images', () => {
  let browser;
  let server;
  let page;
  before(async () => {
    mkdirSync(FOLDER, { recursive: true });
    browser = await launch();
    server = await new Server().start();
    await server.counted(await server.send(siteEvents(3000)));
    page = await openTab(await browser.newContext({ colorScheme: 'light', viewport: { width: 1200, height: 800 } }), server);
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  async function image(name) {
    const path = join(FOLDER, `${name}.png`);
    await settled(page);
    await page.screenshot({ path });
    assert.ok(statSync(path).size < BYTES_MAX, `${name} has ${statSync(path).size} bytes`);
    checkFaults(page);
  }

  it('of the overview', async () => {
    await open(page, server, 'overview');
    await page.getByText('Live', { exact: true }).waitFor();
    await image('overview');
  });

  it('of events as they arrive', async () => {
    await open(page, server, 'events');
    await page.getByText('Listening.').waitFor();
    const bought = event({ event: 'Order Completed', userId: 'ada', messageId: 'order-1', properties: { price: 12.5 } });
    await server.send([...siteEvents(6), bought]);
    await server.send([bought, { ...bought, properties: { price: 13 } }, { type: 'track', userId: 'ada' }]);
    await page.locator('.verdict.rejected').waitFor();
    await page.locator('tr', { has: page.locator('.verdict.conflict') }).getByRole('button').click();
    await image('live-events');
  });

  it('of health', async () => {
    await open(page, server, 'health');
    await image('health');
  });
});
