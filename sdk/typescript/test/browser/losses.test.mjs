// SPDX-License-Identifier: Apache-2.0
// Whatever happens between the page and the server: every event is counted once, and no number is missing.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { kHosts, stepsIn } from './steps.mjs';
import { openWorld, until } from './world.mjs';

let world;
beforeEach(async () => { world = await openWorld(); });
afterEach(() => world.close());
const { ready, track, queued, open, allArrived } = stepsIn(() => world);

for (const [where, host] of kHosts) {
  describe(where, () => {
    it('has what it has', async () => {
      const page = await open(await world.browser.newContext(), world.site.page('index.html', host));
      assert.deepEqual(await page.evaluate(() => [isSecureContext, !!navigator.locks, !!crypto.randomUUID]),
        Array(3).fill(host === 'localhost'));
    });

    it('offline, then online', async () => {
      const context = await world.browser.newContext();
      const page = await open(context, world.site.page('index.html', host));
      await track(page, 1, 5);
      await allArrived(5);
      await context.setOffline(true);
      await track(page, 6, 50);
      await until(async () => (await queued(page)) === 45, 'all is queued');
      await context.setOffline(false);
      await allArrived(50, { epochs: 1 });
    });

    it('a tab that crashes', async () => {
      const context = await world.browser.newContext();
      const page = await open(context, world.site.page('index.html', host));
      world.network.fault = () => 'lost';
      await track(page, 1, 30);
      assert.equal(await queued(page), 30);
      const crashed = new Promise((done) => page.once('crash', done));
      page.goto('chrome://crash').catch(() => {});
      await crashed;
      world.network.fault = () => undefined;
      const next = await context.newPage();
      // Without locks nobody knows at once that it is gone.
      if (host !== 'localhost') {
        await next.addInitScript(() => {
          const { now } = Date;
          Date.now = () => now() + 61_000;
        });
      }
      await next.goto(world.site.page('index.html', host));
      await ready(next);
      await allArrived(30);
      await track(next, 31, 33);
      await allArrived(33, { epochs: host === 'localhost' ? 1 : 2 });
    });

    it('two tabs at a time, each with its own numbers', async () => {
      const context = await world.browser.newContext();
      const pages = [await open(context, world.site.page('index.html', host)),
        await open(context, world.site.page('index.html', host))];
      for (let round = 0; round < 10; round++) {
        await Promise.all(pages.map((page, at) => track(page, round * 10 + at * 5 + 1, round * 10 + at * 5 + 5)));
      }
      await allArrived(100, { epochs: 2 });
      assert.equal(new Set([...world.network.epochs.values()].map(({ device }) => device)).size, 1);
    });
  });
}

it('503 for a minute', async () => {
  const context = await world.browser.newContext();
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(world.site.page());
  await page.clock.runFor(1000);
  await ready(page);
  world.network.fault = () => 503;
  await track(page, 1, 10);
  for (let second = 0; second < 60; second++) {
    await page.clock.runFor(1000);
    if (second === 30) await track(page, 11, 20);
  }
  assert.equal(await queued(page), 20);
  assert.ok(world.network.requests >= 3 && world.network.requests < 40, `${world.network.requests} tries`);
  world.network.fault = () => undefined;
  await page.clock.runFor(120_000);
  await allArrived(20, { epochs: 1 });
});

it('answers that are cut after storing', async () => {
  const page = await open(await world.browser.newContext());
  world.network.fault = (n) => (n < 3 ? 'cut' : undefined);
  await track(page, 1, 40);
  await until(async () => (await queued(page)) === 0, 'the answer that is not cut');
  await allArrived(40, { epochs: 1 });
  const { body } = await world.server.get('/api/audit');
  assert.ok(body.sources[0].duplicate >= 40, 'it was sent again, and counted once');
});

it('coming back by the back button goes on', async () => {
  const context = await world.browser.newContext();
  const page = await open(context);
  await track(page, 1, 3);
  await page.goto(world.site.page('blank.html'));
  await page.goBack();
  await ready(page);
  await track(page, 4, 6);
  await allArrived(6, { epochs: 1 });
});
