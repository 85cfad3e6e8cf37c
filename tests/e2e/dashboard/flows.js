// SPDX-License-Identifier: Apache-2.0
// What a person does: asks, keeps what was asked on a board, looks into events, sends one, and goes back.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessFaults, checkFaults, launch, open, openTab, settled, shot } from './browser.js';
import { event, Server, siteEvents } from './server.js';

describe('flows', () => {
  let browser;
  let server;
  let context;
  let page;
  before(async () => {
    browser = await launch();
    server = await new Server().start();
    await server.counted(await server.send(siteEvents(1500)));
    context = await browser.newContext({ acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
    page = await openTab(context, server);
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  const place = () => page.evaluate(() => location.hash);

  it('explore: all that is chosen is in the address, and back goes back', async () => {
    await open(page, server, 'explore');
    await page.getByLabel('View', { exact: true }).selectOption('events_per_hour');
    await page.getByLabel('event', { exact: true }).check();
    await page.getByLabel('Chart', { exact: true }).selectOption('area');
    await page.getByLabel('Rows', { exact: true }).selectOption('rank');
    await page.getByRole('list', { name: /count of events_per_hour by event/ }).getByText('Clicked').waitFor();
    const chosen = await place();
    assert.match(decodeURIComponent(decodeURIComponent(chosen)), /group_by=event.*order=-count/);
    await page.getByRole('button', { name: 'Clicked' }).first().click();
    await page.locator('.chip', { hasText: 'event = Clicked' }).waitFor();
    await page.goBack();
    await settled(page);
    assert.equal(await place(), chosen);
    const other = await openTab(context, server);
    await other.goto(`${server.url}/${chosen}`);
    await other.getByRole('list', { name: /count of events_per_hour by event/ }).getByText('Clicked').waitFor();
    await other.close();
    checkFaults(page);
  });

  it('explore: the numbers are those of the API, as curl and CSV, too', async () => {
    await open(page, server, 'explore?view=events_per_day&q=group_by%3Devent%26measures%3Dcount&measure=count&chart=table&range=30d');
    const answer = await (await fetch(`${server.url}/api/views/events_per_day?group_by=event&measures=count&limit=10000`)).json();
    const shown = await page.locator('tbody tr').count();
    assert.equal(shown, answer.rows.length);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    const csv = readFileSync(await download.path(), 'utf8');
    assert.equal(csv.trim().split('\r\n').length, answer.rows.length + 1);
    await page.getByRole('button', { name: 'curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl .*\/api\/views\/events_per_day\?group_by=event/);
    checkFaults(page);
  });

  it('explore: a filter is chosen from the values that are there, by the keyboard alone', async () => {
    await open(page, server, 'explore?view=events_per_hour');
    await page.getByRole('button', { name: '+ Filter' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Field', { exact: true }).selectOption('event');
    await page.locator('#filter-values option[value="Signed Up"]').waitFor({ state: 'attached' });
    await page.getByLabel('Value', { exact: true }).fill('Signed Up');
    await page.keyboard.press('Enter');
    await page.locator('.chip', { hasText: 'event = Signed Up' }).waitFor();
    await page.getByRole('img', { name: /count of events_per_hour/ }).focus();
    await page.keyboard.press('ArrowLeft');
    assert.match(await page.locator('.readout').innerText(), /: \d/);
    checkFaults(page);
  });

  it('explore: of a line, a day between days without a value is seen, too', async () => {
    await server.counted(await server.send([event({ userId: 'lone' })], 'lone'));
    const ask = (chart) => `explore?view=sessions_per_day&q=${encodeURIComponent('group_by=&measures=seconds&source=lone')}&measure=seconds&range=30d&chart=${chart}`;
    await open(page, server, ask('table'));
    await page.locator('tbody tr').waitFor();
    await open(page, server, ask('line'));
    await page.waitForFunction(() => {
      const canvas = document.querySelector('.plot canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const isColoured = (at) => data[at + 3] > 128 && Math.max(...data.subarray(at, at + 3)) - Math.min(...data.subarray(at, at + 3)) > 60;
      return Array.from({ length: data.length / 4 }, (_, pixel) => pixel * 4).some(isColoured);
    });
    checkFaults(page);
  });

  it('times are shown in the zone of the view or of the viewer, and it is said which', async () => {
    const elsewhere = await browser.newContext({ timezoneId: 'Asia/Tokyo' });
    const tab = await openTab(elsewhere, server);
    await open(tab, server, 'explore?view=events_per_hour&zone=viewer');
    await tab.getByText('by hour, Asia/Tokyo (windows of UTC)').waitFor();
    await tab.getByLabel('Time zone', { exact: true }).selectOption('view');
    await tab.getByText('by hour, UTC ·').waitFor();
    await elsewhere.close();
  });

  it('boards: made, filled from Explore, arranged, kept, exported and imported', async () => {
    await open(page, server, 'boards');
    await page.getByLabel('New board').fill('My board');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByLabel('Name', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    for (const chart of ['line', 'bar']) {
      await open(page, server, `explore?view=events_per_hour&chart=${chart}`);
      await page.getByRole('button', { name: 'Add to board' }).click();
      await page.getByLabel('Board', { exact: true }).selectOption('my-board');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByText('Added.').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
    }
    await open(page, server, 'boards/my-board?edit=1');
    await page.getByLabel('What', { exact: true }).fill('release 2');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: /Move .* on/ }).first().click();
    await page.getByLabel('Width', { exact: true }).first().selectOption('4');
    await page.getByLabel('Name', { exact: true }).fill('My other board');
    await shot(page, 'flow-board-edit');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'My other board' }).waitFor();
    await settled(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
    const exported = JSON.parse(readFileSync(await download.path(), 'utf8'));
    assert.deepEqual(exported.panels.map(({ chart, span }) => [chart, span]), [['bar', 4], ['line', 2]]);
    assert.equal(exported.annotations[0].text, 'release 2');
    const file = join(tmpdir(), `hapax-board-${process.pid}.json`);
    writeFileSync(file, JSON.stringify({ ...exported, name: 'Imported' }));
    await open(page, server, 'boards');
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('button', { name: 'Save' }).waitFor();
    assert.match(await place(), /boards\/imported/);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    checkFaults(page);
  });

  it('an address that says nothing is told, on a page that is there', async () => {
    const faults = {
      'explore?range=x/y': /“x\/y” is no time to show/,
      'explore?range=12026-11-27T10:00Z/': /is no time to show/,
      'explore?view=events_per_minute&range=foo&chart=number': /“foo” is no time to show/,
      'boards/web?range=foo': /“foo” is no time to show/,
      'explore?q=window%3Dfoo': /invalid_request/,
      'explore?q=window%3D99999999999999999d': /invalid_request/,
      'overview?period=constructor&at=-271821-04-20T00:00Z': /Today/,
      'docs/constructor': /Not all of them are in the program/,
    };
    const other = await openTab(context, server, { mayFail: true });
    for (const [address, text] of Object.entries(faults)) {
      await open(other, server, address);
      await other.locator('main').getByText(text).first().waitFor();
      assert.equal(await other.getByText('could not be shown').count(), 0, address);
    }
    await open(other, server, 'explore?range=12026-11-27T10:00Z/');
    await other.getByLabel('From, UTC').fill('2026-11-01T10:00');
    await other.getByLabel('From, UTC').blur();
    await other.getByText(/is no time to show/).waitFor({ state: 'detached' });
    checkFaults(other);
    await other.close();
  });

  it('a fault of the page leaves a way out', async () => {
    const other = await openTab(context, server);
    await other.route('**/api/boards/web', (route) => route.fulfill({ json: { id: 'web', name: 'Broken' } }));
    await other.goto(`${server.url}/#/boards/web`);
    await other.getByRole('heading', { name: 'could not be shown' }).waitFor();
    assert.equal(await other.getByRole('button', { name: 'Load the page again' }).count(), 1);
    await other.getByRole('link', { name: 'Go to the overview' }).click();
    await other.getByRole('heading', { name: 'Overview' }).waitFor();
    checkFaults(other);
    await other.close();
  });

  it('boards: a panel is had as CSV, with the rows that it shows', async () => {
    await open(page, server, 'boards/web');
    const link = page.getByRole('link', { name: /^CSV of / }).first();
    const answer = await fetch(server.url + (await link.getAttribute('href')).replace('&format=csv', ''));
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.match(download.suggestedFilename(), /\.csv$/);
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    assert.match(lines[0], /^start,end,/);
    assert.equal(lines.length, (await answer.json()).rows.length + 1);
    checkFaults(page);
  });

  it('explore: the link that is copied shows the same elsewhere', async () => {
    await open(page, server, 'explore?view=events_per_hour&q=group_by%3Devent%26measures%3Dcount%26source%3Dweb&chart=bar&range=7d');
    await page.getByRole('button', { name: 'Link', exact: true }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(link, page.url());
    const other = await openTab(context, server);
    await other.goto(link);
    await other.getByRole('heading', { name: 'count of events_per_hour by event where source = web' }).waitFor();
    assert.equal(await other.getByLabel('Time', { exact: true }).inputValue(), '7d');
    await other.close();
    checkFaults(page);
  });

  it('live events: a search finds those of a type and of a user', async () => {
    await server.send([event({ event: 'Mine', userId: 'only-me' }), event({ type: 'page', event: undefined, name: 'Mine', userId: 'only-me' }), event({ event: 'Mine', userId: undefined, anonymousId: 'only-me' })], 'mine');
    await open(page, server, 'events?mode=search');
    await page.getByLabel('User', { exact: true }).fill('only-me');
    await page.keyboard.press('Enter');
    const rows = page.locator('table.events > tbody > tr');
    await page.waitForFunction(() => document.querySelectorAll('table.events > tbody > tr').length === 3);
    await page.getByLabel('Type', { exact: true }).selectOption('page');
    await page.waitForFunction(() => document.querySelectorAll('table.events > tbody > tr').length === 1);
    assert.match(await rows.innerText(), /page\s+Mine\s+only-me/);
    assert.match(await place(), /user=only-me&type=page/);
    checkFaults(page);
  });

  it('boards: who saves over a change of somebody else is told', async () => {
    const other = await openTab(context, server);
    await Promise.all([page, other].map((each) => open(each, server, 'boards/my-board?edit=1')));
    await page.getByLabel('Name', { exact: true }).fill('First');
    await other.getByLabel('Name', { exact: true }).fill('Second');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'First' }).waitFor();
    page.faults.length = 0;
    await other.getByRole('button', { name: 'Save' }).click();
    await other.getByText('Somebody else saved this board meanwhile').waitFor();
    await other.getByRole('button', { name: 'Discard' }).click();
    await other.getByRole('heading', { name: 'First' }).waitFor();
    await other.close();
  });

  it('set up: a test event is followed from here to the live stream', async () => {
    await open(page, server, 'setup');
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await page.locator('.steps .done').nth(2).waitFor();
    assert.match(await page.locator('.steps').innerText(), /receipt .*\n?.*in its last hour/s);
    await shot(page, 'flow-test-event');
    await page.getByRole('button', { name: 'curl' }).click();
    assert.match(await page.getByLabel('Snippet for curl').innerText(), new RegExp(`${server.url}/v1/track`));
    checkFaults(page);
  });

  it('set up: with write keys, snippets and the test event have one of them', async () => {
    const keyed = await new Server({ arguments_: ['--collector-write-keys', '3f9c0d=web,77aa01=ios', '--api-read-keys', '51ab0e998877'] }).start();
    const tab = await openTab(context, keyed);
    await open(tab, keyed, 'setup');
    assert.match(await tab.locator('pre').first().innerText(), /data-write-key="3f9c0d"/);
    await tab.getByLabel('Write key').selectOption({ label: '77aa01 (ios)' });
    await tab.getByRole('button', { name: 'curl' }).click();
    assert.match(await tab.getByLabel('Snippet for curl').innerText(), /-u '77aa01:'/);
    await tab.getByRole('button', { name: 'Send a test event' }).click();
    await tab.locator('.steps .done').nth(2).waitFor();
    await tab.getByRole('region', { name: 'Sources' }).getByRole('cell', { name: 'ios', exact: true }).waitFor();
    assert.equal(await tab.getByText('51ab0e998877').count(), 0, 'a read key is not shown');
    await tab.getByRole('button', { name: 'Hapax, as a module' }).click();
    await tab.getByText('It is not on npm.').waitFor();
    assert.deepEqual(await accessFaults(tab, 'keys'), []);
    checkFaults(tab);
    await tab.close();
    await keyed.end();
  });

  it('live events: each as it arrives, with what became of it', async () => {
    await open(page, server, 'events?source=shop');
    await page.getByText('Listening.').waitFor();
    const first = event({ event: 'Bought', userId: 'ada', messageId: 'order-1', properties: { price: 12.5 } });
    await server.send([first], 'shop');
    await server.send([first, { ...first, properties: { price: 13 } }, { type: 'track', userId: 'ada' }], 'shop');
    await server.send([event({ event: 'Elsewhere' })], 'web');
    for (const verdict of ['first', 'duplicate', 'conflict', 'rejected']) await page.locator(`.verdict.${verdict}`).first().waitFor();
    assert.equal(await page.locator('tbody tr').count(), 4);
    await page.locator('tr', { has: page.locator('.verdict.conflict') }).getByRole('button').click();
    await page.getByText('same id, other content').waitFor();
    await page.getByText('the first one', { exact: true }).waitFor();
    await shot(page, 'flow-event');
    await page.getByRole('link', { name: 'all with this id' }).click();
    await settled(page);
    await page.locator('.verdict.first').first().waitFor();
    assert.equal(await page.locator('table.events > tbody > tr').count(), 3);
    checkFaults(page);
  });

  it('live events: on a phone an event is opened without moving sideways', async () => {
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const tab = await openTab(phone, server);
    await open(tab, server, 'events?mode=search&source=shop');
    const { x, width } = await tab.locator('table.events > tbody > tr').first().getByRole('button').boundingBox();
    assert.ok(x >= 0 && x + width <= 390, `the button is at ${x}`);
    await tab.locator('table.events > tbody > tr').first().getByRole('button').click();
    await tab.locator('.event').waitFor();
    await shot(tab, 'phone-event');
    assert.deepEqual(await accessFaults(tab, 'an event on a phone'), []);
    checkFaults(tab);
    await phone.close();
  });

  it('live events: what is too large to be shown says of how much it is the beginning', async () => {
    await open(page, server, 'events?source=large');
    await page.getByText('Listening.').waitFor();
    await server.send([event({ event: 'Uploaded', properties: { text: 'x'.repeat(70_000) } })], 'large');
    await page.locator('tr', { hasText: 'Uploaded cut' }).getByRole('button').click();
    await page.getByText('Cut: the first 64.0 KiB of 68.4 KiB.').waitFor();
    assert.equal((await page.getByLabel('properties', { exact: true }).innerText()).length, 64 * 1024);
    await shot(page, 'flow-event-cut');
    checkFaults(page);
  });

  it('live events: a group, an alias and a page have what they alone have', async () => {
    await server.send([
      event({ type: 'group', event: undefined, groupId: 'acme', traits: { plan: 'pro' } }),
      event({ type: 'alias', event: undefined, previousId: 'anon-7' }),
      event({ type: 'page', event: undefined, name: 'Docs', category: 'Help' }),
    ], 'ids');
    for (const [type, facts] of [['group', /group\s+acme/], ['alias', /previous id\s+anon-7/], ['page', /category\s+Help/]]) {
      await open(page, server, `events?mode=search&source=ids&type=${type}`);
      await page.locator('table.events > tbody > tr').getByRole('button').click();
      assert.match(await page.locator('.event').innerText(), facts);
    }
    checkFaults(page);
  });

  it('health: how much is free on the disk', async () => {
    await open(page, server, 'health');
    const disk = page.getByRole('region', { name: 'Disk and memory' });
    assert.match(await disk.locator('div', { hasText: 'Free where the data is' }).last().innerText(), /\d [MGT]iB\s[^]* of \d+\.\d [MGT]iB/);
    checkFaults(page);
  });

  it('health: what is not accepted is there with its reason', async () => {
    await server.send([{ type: 'track', userId: 'ada', messageId: 'nameless' }]);
    await open(page, server, 'health');
    await page.getByRole('link', { name: 'missing_event' }).click();
    await settled(page);
    await page.locator('.verdict.rejected').first().waitFor();
    checkFaults(page);
  });
});
