// SPDX-License-Identifier: Apache-2.0
// What the script tag's options do, in a real browser.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { openWorld, until } from './world.mjs';

let world;
before(async () => { world = await openWorld(); });
after(() => world.close());

/** A page that sends to a listener of the test's own. */
async function openPage(name, prepare = async () => {}) {
  const context = await world.browser.newContext();
  const page = await context.newPage();
  const events = [];
  await page.route('**/v1/batch', async (route) => {
    const body = route.request().postDataBuffer();
    events.push(...JSON.parse(body[0] === 0x1f ? (await import('node:zlib')).gunzipSync(body) : body).batch);
    await route.continue();
  });
  await prepare(page, context);
  await page.goto(world.site.page(name));
  await page.waitForFunction(() => window.hapax?.track);
  return { page, context, events };
}

const seen = (events, count) => until(() => events.length >= count && events, `${count} events`);

it('tracks what elements declare, pages by path and query, and what was called before it was there', async () => {
  const { page, events } = await openPage('declared.html?utm_source=news&utm_campaign=may');
  await page.click('#buy b');
  await page.click('#plain');
  await page.fill('input', 'a@b.c');
  await page.click('#send');
  await page.evaluate(() => {
    history.pushState({}, '', '/declared.html?page=2');
    history.replaceState({ scroll: 1 }, '');
    history.pushState({}, '', '/declared.html?page=2#part');
  });
  await page.goBack();
  await page.evaluate(() => history.back());
  await seen(events, 6);
  await page.waitForTimeout(1200);  // Nothing more comes.
  assert.deepEqual(events.map(({ type, event }) => event ?? type), ['Early', 'page', 'Bought', 'Subscribed', 'page', 'page']);
  assert.deepEqual(events[2].properties, { plan: 'pro', seatCount: '3' });
  assert.deepEqual(events[3].properties, { list: 'news' });
  assert.equal(JSON.stringify(events).includes('a@b.c'), false);
  const { page: where, campaign, userAgent, locale, timezone } = events[1].context;
  assert.deepEqual([where.path, where.search, where.title], ['/declared.html', '?utm_source=news&utm_campaign=may', 'Shop']);
  assert.deepEqual(campaign, { source: 'news', name: 'may' });
  assert.ok(userAgent && locale && timezone);
  assert.deepEqual(events.map(({ sequence }) => sequence), [1, 2, 3, 4, 5, 6]);
});

it('asks for no permission and sends no cookies', async () => {
  const methods = [];
  const { page, context, events } = await openPage('index.html', async (_, context) => {
    await context.addCookies([{ name: 'secret', value: '1', url: world.network.host }]);
    context.on('request', (request) => { if (request.url().includes('/v1/batch')) methods.push(request); });
  });
  await page.evaluate(() => window.hapax.track('Clicked', { text: 'x'.repeat(3000) }));
  await seen(events, 1);
  assert.deepEqual(methods.map((request) => request.method()), ['POST']);
  assert.equal((await methods[0].allHeaders()).cookie, undefined);
  await context.close();
});

it('tracks nothing where Global Privacy Control is on', async () => {
  const { page, events } = await openPage('declared.html', (page) => page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true });
  }));
  await page.click('#buy');
  await page.waitForTimeout(1500);
  assert.deepEqual(events, []);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
});

it('works where storage is denied, and throws nothing into the page', async () => {
  const errors = [];
  const { page, events } = await openPage('index.html', async (page) => {
    page.on('pageerror', (error) => errors.push(error));
    await page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
      }
    });
  });
  await page.evaluate(() => window.hapax.track('Clicked'));
  await seen(events, 1);
  assert.deepEqual(errors, []);
});

it('counts what it cannot store for want of room', async () => {
  const { page, context, events } = await openPage('index.html');
  await context.setOffline(true);
  const stats = await page.evaluate(() => {
    let size = 1 << 22;
    while (size > 1) {
      try {
        localStorage.setItem('other', (localStorage.getItem('other') ?? '') + 'x'.repeat(size));
      } catch { size >>= 1; }
    }
    for (let n = 0; n < 50; n++) window.hapax.track('Clicked', { n });
    return window.hapax.stats();
  });
  assert.ok(stats.unstored > 0 && stats.queued === 50, JSON.stringify(stats));
  await context.setOffline(false);
  await seen(events, 50);
});

it('takes another path on the site itself', async () => {
  const { page } = await openPage('index.html');
  const asked = page.waitForRequest('**/t');
  await page.evaluate(() => {
    const own = window.hapax.createClient({ writeKey: 'own', path: '/t' });
    own.track('Clicked');
  });
  assert.equal((await asked).url(), world.site.page('t'));
});
