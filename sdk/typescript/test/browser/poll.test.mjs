// SPDX-License-Identifier: Apache-2.0
// examples/poll: whatever people and networks do, each person has one vote, and all see the same result, live.
// Its screenshots go to screenshots/, or to HAPAX_IMAGES.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { Network, openBrowser, startServer, until } from './world.mjs';

const kSource = process.env.HAPAX_SOURCE ?? path.resolve('../..');
const kImages = process.env.HAPAX_IMAGES ?? 'screenshots';
let server, network, browser, site, address;

before(async () => {
  server = await startServer();
  network = await new Network(server.port).open();
  browser = await openBrowser();
  site = spawn('node', [path.join(kSource, 'examples/poll/serve.mjs')], {
    env: { ...process.env, PORT: '0', HAPAX_URL: network.host, HAPAX_SDK: path.resolve('dist/hapax.iife.js') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  address = await new Promise((found) => {
    site.stdout.on('data', (text) => {
      const at = /http:\S+/.exec(text);
      if (at) found(at[0]);
    });
  });
  await mkdir(kImages, { recursive: true });
});
after(async () => {
  await browser.close();
  site.kill();
  network.close();
  await server.stop();
});

/** Somebody with a browser of their own, who has the poll in front of them. */
async function visitor() {
  const context = await browser.newContext({ viewport: { width: 900, height: 420 } });
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => window.hapax?.track);
  return { context, page };
}

const vote = async (page, option, text = '') => {
  await page.check(`input[value=${option}]`);
  await page.fill('textarea', text);
  await page.click('button');
};
const shown = (page) => page.$$eval('.row', (rows) => rows.map((row) => Number(row.lastChild.textContent)));
const shows = (page, counts) => until(async () => String(await shown(page)) === String(counts), `${counts} is shown`)
  .catch(async (error) => { throw new Error(`${error.message}: ${await shown(page)}`); });
const stored = async () => {
  const { body } = await server.get('/api/views/survey_answers?from=1970-01-01T00:00:00Z');
  return body.rows.reduce((sum, { group, values }) =>
    ({ ...sum, [group['properties.option']]: (sum[group['properties.option']] ?? 0) + values.count }), {});
};

it('one vote a person, under reload, double click, offline and retry, and everybody sees it', async () => {
  const { page: watcher } = await visitor();
  await shows(watcher, [0, 0, 0]);
  await watcher.screenshot({ path: path.join(kImages, 'poll-empty.png') });

  const first = await visitor();
  await vote(first.page, 'SQL', 'Because <b>everybody</b> knows it');
  await shows(watcher, [0, 0, 1]);
  await shows(first.page, [0, 0, 1]);

  // A reload: there is nothing to vote for again, and who does it all the same has voted.
  await first.page.reload();
  await first.page.waitForFunction(() => window.hapax?.track);
  assert.equal(await first.page.isDisabled('button'), true);
  assert.equal(await first.page.textContent('output'), 'You voted for SQL.');
  await first.page.evaluate(() => vote('Funnels', ''));
  await until(() => first.page.evaluate(() => window.hapax.stats().queued === 0), 'it was sent');

  // A double click, and a page that is left at once.
  const second = await visitor();
  await second.page.check('input[value=Funnels]');
  await second.page.evaluate(() => {
    const form = document.querySelector('form');
    form.requestSubmit();
    form.requestSubmit();
    setTimeout(() => location.reload(), 0);
  });
  await shows(watcher, [1, 0, 1]);

  // Offline, and closed before the network is back.
  const third = await visitor();
  await third.context.setOffline(true);
  await vote(third.page, 'Retention');
  assert.equal(await third.page.textContent('output'), 'You voted for Retention.');
  await third.page.close();
  await third.context.setOffline(false);
  await (await third.context.newPage()).goto(address);
  await shows(watcher, [1, 1, 1]);

  // The network loses requests and answers, and the server is overloaded.
  const before = network.requests;
  network.fault = (n) => ['cut', 503, 'lost', undefined][(n - before) % 4];
  const others = await Promise.all(Array.from({ length: 8 }, visitor));
  await Promise.all(others.map(({ page }, at) => vote(page, ['SQL', 'Retention', 'SQL', 'Funnels'][at % 4])));
  await until(() => network.requests >= before + 12, 'it has failed often enough');
  network.fault = () => undefined;
  for (const { page } of others) await page.evaluate(() => dispatchEvent(new Event('online')));
  await shows(watcher, [3, 3, 5]);
  for (const { page } of others) {
    await until(() => page.evaluate(() => window.hapax.stats().queued === 0), 'all is acknowledged');
  }
  await watcher.screenshot({ path: path.join(kImages, 'poll-live.png') });
  await others[0].page.screenshot({ path: path.join(kImages, 'poll-voted.png') });

  await shows(watcher, [3, 3, 5]);
  assert.deepEqual(await stored(), { Funnels: 3, Retention: 3, SQL: 5 });
  assert.equal(network.gaps(), 0);
  assert.deepEqual(network.twice, []);
  assert.equal((await server.get('/api/audit')).body.balanced, true);
});
