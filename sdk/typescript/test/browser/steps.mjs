// SPDX-License-Identifier: Apache-2.0
// What pages with the SDK do, and what must be true afterwards.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { lossesByServer, until } from './world.mjs';

/** Where pages are that have Web Locks and randomUUID, and where they have not. */
export const kHosts = [['https or localhost', 'localhost'], ['plain http elsewhere', 'shop.test']];

/** In the world of a test, which `world` returns. */
export function stepsIn(world) {
  const ready = (page) => page.waitForFunction(() => window.hapax?.track);
  const track = (page, first, last, name = 'Clicked') => page.evaluate(([from, to, event]) => {
    for (let n = from; n <= to; n++) window.hapax.track(event, { n });
  }, [first, last, name]);
  const queued = (page) => page.evaluate(() => window.hapax.stats().queued);

  async function open(context, address = world().site.page()) {
    const page = await context.newPage();
    await page.goto(address);
    await ready(page);
    return page;
  }

  /** Exactly `count` events, each once, and the numbers of each epoch without a gap. */
  async function allArrived(count, { epochs } = {}) {
    const { network, counted, server } = world();
    await until(async () => (await counted('Clicked')) >= count && network.gaps() === 0, `${count} events`)
      .catch(async (error) => { throw new Error(`${error.message}: ${await counted('Clicked')}, gaps ${network.gaps()}`); });
    assert.equal(await counted('Clicked'), count);
    for (const { made, arrived } of network.epochs.values()) {
      assert.deepEqual([...arrived.keys()].sort((a, b) => a - b), Array.from({ length: made }, (_, n) => n + 1));
    }
    assert.deepEqual(network.twice, []);
    if (epochs !== undefined) assert.equal(network.epochs.size, epochs);
    assert.equal((await server.get('/api/audit')).body.balanced, true);
    const known = [...network.epochs.values()];
    const expected = {
      epochs: known.length, arrived: known.reduce((sum, { arrived }) => sum + arrived.size, 0), missing: 0, tail: 0,
    };
    if (await lossesByServer(server)) {
      await until(async () => isDeepStrictEqual(await lossesByServer(server), expected), JSON.stringify(expected));
    }
  }

  return { ready, track, queued, open, allArrived };
}
