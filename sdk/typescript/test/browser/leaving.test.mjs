// SPDX-License-Identifier: Apache-2.0
// Pages that are left or loaded again: every event is counted once, and no number is missing. Also the short test of CI.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { kHosts, stepsIn } from './steps.mjs';
import { openWorld } from './world.mjs';

let world;
beforeEach(async () => { world = await openWorld(); });
afterEach(() => world.close());
const { ready, open, allArrived } = stepsIn(() => world);

for (const [where, host] of kHosts) {
  describe(where, () => {
    it('reloads in the middle of a batch', async () => {
      const context = await world.browser.newContext();
      const page = await open(context, world.site.page('index.html', host));
      // Of three requests one is answered.
      world.network.fault = (n) => ['cut', 'lost', undefined][n % 3];
      for (let round = 0; round < 10; round++) {
        await page.evaluate((first) => {
          for (let n = first; n < first + 25; n++) window.hapax.track('Clicked', { n });
          if (first % 2) void window.hapax.flush();
          location.reload();
        }, round * 25);
        await page.waitForLoadState();
        await ready(page);
      }
      world.network.fault = () => undefined;
      await allArrived(250);
    });

    it('pages that are left: 100 of 100', async () => {
      const context = await world.browser.newContext();
      const page = await open(context, world.site.page('index.html', host));
      for (let n = 0; n < 100; n++) {
        await page.evaluate((number) => {
          window.hapax.track('Clicked', { n: number });
          document.querySelector('#next').click();
        }, n);
        await page.waitForURL(world.site.page('index.html', host));
        await page.waitForFunction(() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0 && window.hapax?.track);
      }
      await allArrived(100);
      // A page goes on in the epoch of the one before, unless it is there before that one has let go of it: then there
      // are two, and later ones go on in either. How often that is depends on how busy the machine is: a few, or 40
      // where compilers run beside it. Were none gone on in, there would be 100.
      assert.ok(world.network.epochs.size <= 70, `${world.network.epochs.size} epochs`);
    });

    it('the last page that is left: what it sends need not be sent again', async () => {
      const context = await world.browser.newContext();
      const page = await open(context, world.site.page('index.html', host));
      await page.evaluate((away) => {
        for (let n = 0; n < 100; n++) window.hapax.track('Clicked', { n });
        location.href = away;
      }, world.site.page('blank.html', 'localhost'));
      await allArrived(100);
    });

    it('the last page that is left while it packs a request', async () => {
      const context = await world.browser.newContext();
      await context.addInitScript(() => {
        // As slow as on a busy machine: nothing is packed before the page is gone.
        window.CompressionStream = class extends TransformStream {
          constructor() { super({ transform: () => new Promise(() => {}) }); }
        };
      });
      const page = await open(context, world.site.page('index.html', host));
      await page.evaluate((away) => {
        for (let n = 0; n < 100; n++) window.hapax.track('Clicked', { n });
        location.href = away;
      }, world.site.page('blank.html', 'localhost'));
      await allArrived(100);
    });
  });
}
