// SPDX-License-Identifier: Apache-2.0
// What is shipped: dist/, as `npm run build` has left it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { version } from '../../src/core/version';

const kCoreBytesMax = 6000;
const kScriptBytesMax = 6600;

const packedBytes = (file: string | Uint8Array) => gzipSync(file, { level: 9 }).length;

it('what a page needs to track is small', async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { createClient } from './dist/browser.js'", resolveDir: '.' },
    bundle: true, minify: true, format: 'esm', write: false, target: 'es2022',
  });
  expect(packedBytes(outputFiles[0]!.contents)).toBeLessThanOrEqual(kCoreBytesMax);
});

it('so is the script, with page views and declared clicks', () => {
  expect(packedBytes(readFileSync('dist/hapax.iife.js'))).toBeLessThanOrEqual(kScriptBytesMax);
});

it('it needs nothing, and asks nobody else', () => {
  const shipped = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
  expect(shipped.dependencies).toBeUndefined();
  expect(shipped.version).toBe(version);
  for (const file of ['hapax.iife.js', 'browser.js']) {
    const text = readFileSync(`dist/${file}`, 'utf8');
    expect(text).not.toMatch(/https?:\/\//);
    expect(text).not.toMatch(/^import /m);
    expect(text).not.toMatch(/\beval\(|new Function/);
  }
});

it('its types are those that users write against', () => {
  execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.types.json'], { stdio: 'pipe' });
});
