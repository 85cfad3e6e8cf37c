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

describe('what somebody sends', () => {
  let browser;
  let server;
  before(async () => {
    browser = await launch();
    server = await new Server().start();
    await server.send(hostileEvents(), 'web');
    await server.counted(await server.send(hostileEvents(), SOURCE));
  });
  after(async () => {
    await browser.close();
    await server.end();
  });

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
