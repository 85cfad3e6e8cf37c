// SPDX-License-Identifier: Apache-2.0
// Names, properties and addresses that somebody sends are shown as text, on every page.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkFaults, launch, open, openTab, settled, shot } from './browser.js';
import { event, Server } from './server.js';

const CORPUS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'\"><svg/onload=alert(3)>",
  'javascript:alert(4)',
  'data:text/html,<script>alert(5)</script>',
  '<iframe srcdoc="<script>alert(6)</script>"></iframe>',
  '</title></style></textarea><script>alert(7)</script>',
  '{{constructor.constructor("alert(8)")()}}',
  '<a href="javascript:alert(9)">x</a>',
  '__proto__',
  '\u202Egnp.exe\u0000\uFFFD',
  '%3Cscript%3Ealert(10)%3C/script%3E',
  '<style>*{display:none}</style>',
  'JaVaScRiPt:alert(11)//https://',
];

const SOURCE = '<b>evil</b>';
const PAGES = [
  'overview',
  `overview?source=${encodeURIComponent(SOURCE)}`,
  'explore?view=events_per_hour&q=group_by%3Devent%26measures%3Dcount&measure=count',
  'explore?view=events_per_hour&q=group_by%3Devent%26measures%3Dcount%26order%3D-count%26window%3D1d&chart=bar',
  'explore?view=events_per_hour&q=group_by%3Devent&chart=table',
  'explore?view=referrers_per_day&q=group_by%3Dcontext.page.referrer%26order%3D-count&chart=bar&measure=count',
  'explore?view=survey_answers&chart=table',
  'boards/web',
  'boards/product',
  'boards/survey',
  'boards',
  'boards/hostile',
  'boards/hostile?edit=1',
  'alerts',
  'docs/errors/while-it-runs/log_writable',
  `docs/errors/${encodeURIComponent('"><img src=x onerror=alert(17)>')}/${encodeURIComponent('<script>alert(18)</script>')}`,
  `docs/${encodeURIComponent('<script>alert(19)</script>')}`,
  `boards/web?range=${encodeURIComponent('<img src=x onerror=alert(20)>')}`,
  'events',
  'events?mode=search',
  'health',
  'setup',
  `${encodeURIComponent('<script>alert(12)</script>')}`,
  `boards/${encodeURIComponent('"><img src=x onerror=alert(13)>')}`,
  `explore?view=${encodeURIComponent('<script>alert(14)</script>')}&q=${encodeURIComponent('source=<img src=x onerror=alert(15)>')}`,
  `events?name=${encodeURIComponent('"><script>alert(16)</script>')}`,
];

function hostileEvents() {
  return CORPUS.flatMap((text) => [
    event({ event: text, userId: text, properties: { [text]: text, question: text, option: text }, context: { page: { path: text, referrer: text }, campaign: { source: text, medium: text, name: text } } }),
    event({ type: 'page', event: undefined, name: text, anonymousId: text, context: { page: { path: text, referrer: text } }, traits: { [text]: text } }),
    event({ event: 'Survey Answered', properties: { question: text, option: text } }),
    { type: text, userId: text, event: text }, // A dead letter.
  ]);
}

/** A change as an admin makes it. */
async function put(server, path, body) {
  const response = await fetch(`${server.url}/api/${path}`, { method: 'PUT', body: JSON.stringify(body) });
  assert.ok(response.ok, await response.text());
}

/** Names that somebody gives on the server: of a board, its panels and annotations, and of alerts. */
async function makeHostileNames(server) {
  const names = CORPUS.map((text) => text.replace(/\0/g, ''));
  await put(server, 'boards/hostile', {
    name: names.join(' ').slice(0, 120),
    panels: names.map((title, n) => ({ id: `p${n}`, title, view: 'events_per_hour', query: 'group_by=event&measures=count', chart: ['line', 'bar', 'area', 'table', 'number'][n % 5], measure: 'count', span: 1, rows: 1 })),
    annotations: names.map((text) => ({ at: new Date().toISOString(), text })),
  });
  for (const [n, name] of names.entries()) {
    await put(server, `alerts/hostile-${n}`, { name, view: 'events_per_hour', measure: 'count', query: `event=${encodeURIComponent(name)}`, when: 'above', threshold: 0 });
  }
}

/** Devices of which numbers are missing. An id is printable. */
async function sendHostileDevices(server) {
  for (const device of CORPUS.filter((text) => /^[ -~]{1,64}$/.test(text))) {
    const numbering = { device, epoch: device, made: 3, dropped: { [device]: 1 } };
    await server.sendBatch({ batch: [1, 3].map((sequence) => event({ event: 'Numbered', sequence })), writeKey: SOURCE, numbering });
  }
}

describe('what somebody sends', () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new Server().start();
    await server.send(hostileEvents(), 'web');
    await server.counted(await server.send(hostileEvents(), SOURCE));
    await makeHostileNames(server);
    await sendHostileDevices(server);
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

  async function showDevices(page) {
    const losses = page.getByRole('region', { name: 'Losses on the way', exact: true });
    await losses.getByRole('cell', { name: SOURCE, exact: true }).waitFor();
    await losses.locator('tbody button[aria-expanded]').first().click();
    await losses.getByText('<script>alert(1)</script>', { exact: true }).waitFor();
  }

  it('is text on every page', async () => {
    const context = await browser.newContext();
    for (const [index, place] of PAGES.entries()) {
      // A board or view that does not exist is answered 404: that is no fault here.
      const page = await openTab(context, server, { mayFail: true });
      await open(page, server, place);
      for (const button of await page.locator('table.events button[aria-expanded=false]').all()) {
        await button.click();
        await page.locator('table.events button[aria-expanded=true]').click();
      }
      if (place === 'health') await showDevices(page);
      await settled(page);
      const found = await page.evaluate(() => ({
        scripts: [...document.querySelectorAll('#app script, #app iframe, #app img, #app style, #app b, #app object, #app [srcdoc]')].map((each) => each.outerHTML),
        handlers: [...document.querySelectorAll('*')].flatMap((each) => each.getAttributeNames().filter((name) => name.startsWith('on'))),
        links: [...document.querySelectorAll('a[href]')].map(({ href }) => href).filter((href) => !/^https?:/.test(href)),
        others: [...document.querySelectorAll('a[href]')].filter(({ host, rel }) => host !== location.host && !rel.includes('noopener')).map(({ href }) => href),
      }));
      assert.deepEqual(found, { scripts: [], handlers: [], links: [], others: [] }, place);
      await shot(page, `hostile-${index}`);
      checkFaults(page);
      await page.close();
    }
    await context.close();
  });

  it('is there as it was sent', async () => {
    const context = await browser.newContext();
    const page = await openTab(context, server);
    await open(page, server, 'explore?view=events_per_hour&q=group_by%3Devent%26measures%3Dcount%26order%3D-count%26window%3D1d%26limit%3D100&chart=bar');
    for (const text of CORPUS.slice(0, 8)) await page.getByText(text, { exact: false }).first().waitFor();
    await context.close();
  });
});
