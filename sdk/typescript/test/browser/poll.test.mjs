// SPDX-License-Identifier: Apache-2.0
// examples/poll: whatever people and networks do, each person has one vote, and all see the same result, live.
// Its screenshots go to screenshots/, or to HAPAX_IMAGES.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { Network, openBrowser, startServer, until } from './world.mjs';

const kSource = process.env.HAPAX_SOURCE ?? path.resolve('../..');
const kImages = process.env.HAPAX_IMAGES ?? 'screenshots';
let server, network, browser, site, address;

/** serve.mjs before `host`: where it is, and what it has said on standard error. */
async function startSite(host, more = {}) {
  const { HAPAX_READ_KEY, ...env } = process.env;
  const child = spawn('node', [path.join(kSource, 'examples/poll/serve.mjs')], {
    env: { ...env, PORT: '0', HAPAX_URL: host, HAPAX_SDK: path.resolve('dist/hapax.iife.js'), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  const found = await new Promise((done) => {
    child.stdout.on('data', (text) => {
      const at = /http:\S+/.exec(text);
      if (at) done(at[0]);
    });
  });
  return { address: found, said: () => said, stop: () => child.kill() };
}

before(async () => {
  server = await startServer();
  network = await new Network(server.port).open();
  browser = await openBrowser();
  site = await startSite(network.host);
  ({ address } = site);
  await mkdir(kImages, { recursive: true });
});
after(async () => {
  await browser.close();
  site.stop();
  network.close();
  await server.stop();
});

/** Somebody with a browser of their own, who has the poll in front of them. */
async function visitor(at = address) {
  const context = await browser.newContext({ viewport: { width: 900, height: 420 } });
  const page = await context.newPage();
  await page.goto(at);
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
  const others = await Promise.all(Array.from({ length: 8 }, () => visitor()));
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

const state = (page) => page.textContent('#results small');

it('shows live results again after a restart', async () => {
  const { page } = await visitor();
  await until(async () => (await state(page)).endsWith('live'), 'it is live');
  const [, , before] = await shown(page);
  await server.restart(() => until(async () => (await state(page)).includes('not live: answer 502'), 'the page says so'));
  await until(async () => (await state(page)).endsWith(', live'), 'it is live again');
  const { page: voter } = await visitor();
  await vote(voter, 'SQL');
  await until(async () => (await shown(page))[2] === before + 1, 'the vote is shown');
});

it('says what is missing where Hapax asks for keys', async () => {
  const closed = await startServer({ login: true, more: ['--collector-write-keys', '3f9c0d=poll'] });
  const blind = await startSite(`http://127.0.0.1:${closed.port}`);
  try {
    await until(() => blind.said().includes('data-write-key="poll"'), 'what is refused is said');
    assert.match(blind.said(), /401 not_signed_in[^]*HAPAX_READ_KEY[^]*401 invalid_write_key/);
    const { page } = await visitor(blind.address);
    await until(async () => (await state(page)).includes('HAPAX_READ_KEY'), 'the page says it');
  } finally {
    blind.stop();
    await closed.stop();
  }
});

it('works where Hapax asks for a login, with the token of the machine or a key of its source', async () => {
  const closed = await startServer({ login: true, more: ['--api-read-keys', '51ab0e=poll'] });
  const keys = [closed.token, '51ab0e'];
  const sites = await Promise.all(keys.map((key) => startSite(`http://127.0.0.1:${closed.port}`, { HAPAX_READ_KEY: key })));
  try {
    for (const [at, seeing] of sites.entries()) {
      const { page } = await visitor(seeing.address);
      await vote(page, 'SQL');
      await shows(page, [0, 0, at + 1]);
      assert.equal((await page.content()).includes(keys[at]), false);
      assert.equal(seeing.said(), '');
    }
  } finally {
    for (const seeing of sites) seeing.stop();
    await closed.stop();
  }
});

it('has as many lines as is said of it', async () => {
  const read = (name) => readFile(path.join(kSource, name), 'utf8');
  const files = await Promise.all(['index.html', 'poll.js'].map((name) => read(`examples/poll/${name}`)));
  const lines = files.join('').split('\n').length - 1;
  for (const name of ['README.md', 'examples/poll/README.md']) {
    assert.match(await read(name), new RegExp(`\\b${lines} lines`), name);
  }
});
