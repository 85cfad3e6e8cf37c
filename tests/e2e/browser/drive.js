// SPDX-License-Identifier: Apache-2.0
// Opens a page and has its SDK send events, as a visitor who leaves when he has caused the last.
// usage: node drive.js <page address> <collector> <events> <of these, when leaving> <others at once>
// Ends when its input does, so that the browser lives until all has arrived.
const { chromium } = require('playwright-core');

const [, , address, collector, ...counts] = process.argv;
const [events, leaving, atOnce] = counts.map(Number);

async function arrived() {
  const view = `${collector}/api/views/events_per_minute?event=Clicked&from=1970-01-01T00:00:00Z`;
  const { rows } = await (await fetch(view)).json();
  return rows.reduce((sum, row) => sum + row.values.count, 0);
}

async function visit(page) {
  page.on('console', (message) => console.error(message.text()));
  await page.goto(address);
  await page.evaluate(() => window.loaded);
  const track = (from, to, leave) => page.evaluate(async ([first, end, away]) => {
    const calls = [];
    for (let n = first; n < end; n++) calls.push(window.track('Clicked', n));
    await window.takenOver?.(calls);
    if (away) location.href = '/away.html';
  }, [from, to, leave]);
  for (let sent = 0; sent < events - leaving; ) {
    await track(sent, sent + atOnce, false);
    sent += atOnce;
    while ((await arrived()) < sent) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await track(events - leaving, events, true);
}

async function main() {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  await visit(await browser.newPage());
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.on('end', resolve));
  await browser.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
