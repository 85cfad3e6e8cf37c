// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, and pages that notice what must not happen in them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SHOTS = process.env.HAPAX_SHOTS_DIR ?? 'shots';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const WAIT_MS = 20_000;

mkdirSync(SHOTS, { recursive: true });

export function launch() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A tab of `context`. `faults`: what no test expects: errors, refusals of the policy, requests to another host, alerts. */
export async function openTab(context, server, { mayFail = false } = {}) {
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(`error: ${error.stack}`));
  page.on('console', (message) => {
    const isOfNetwork = /Failed to load resource|net::ERR/.test(message.text());
    if (message.type() === 'error' && !(mayFail && isOfNetwork)) page.faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== server.url) page.faults.push(`request to ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    if (dialog.type() === 'alert') page.faults.push(`alert: ${dialog.message()}`);
    void dialog.accept();
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  return page;
}

export async function open(page, server, place) {
  await page.goto(`${server.url}/#/${place}`);
  await page.locator('main').waitFor();
  await settled(page);
}

/** Nothing says any more that it is being loaded. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('.loading, .boot'), null, { timeout: WAIT_MS });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

export async function shot(page, name) {
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

export function checkFaults(page) {
  assert.deepEqual(page.faults, []);
}

/** What axe sees of violations of WCAG A and AA, and of good practice. */
export async function accessFaults(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
  return violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`).join(' | ')}`);
}
