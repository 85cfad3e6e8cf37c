// SPDX-License-Identifier: Apache-2.0
// Writes dist/: the script for pages, and ES modules for bundlers and for Node.
import { build } from 'esbuild';
import { rm } from 'node:fs/promises';

// Names between our own classes: shortened. None of them is on the wire, in the store, an option or the browser's.
const kInner = [
  'active', 'adopt', 'after', 'agree', 'allowed', 'beacon', 'begin', 'bytes', 'clock', 'comeBack', 'drop',
  'exclusive', 'forget', 'hurry', 'initial', 'json', 'keep', 'leave', 'ledger', 'limits', 'newId', 'open', 'owners',
  'personal', 'ports', 'prefix', 'queue', 'random', 'ready', 'record', 'refused', 'release', 'resume', 'retryAfter',
  'rotate', 'save', 'send', 'sender', 'sending', 'session', 'storage', 'store', 'tried', 'waiting', 'wake', 'within',
];

const shared = {
  bundle: true, minify: true, target: 'es2022', legalComments: 'none', logLevel: 'warning',
  mangleProps: new RegExp(`^(${kInner.join('|')})$`),
};

await rm('dist', { recursive: true, force: true });
await Promise.all([
  build({ ...shared, entryPoints: ['src/browser/script.ts'], format: 'iife', outfile: 'dist/hapax.iife.js' }),
  build({ ...shared, entryPoints: ['src/browser/index.ts'], format: 'esm', outfile: 'dist/browser.js', sourcemap: true }),
  build({ ...shared, entryPoints: ['src/node/index.ts'], format: 'esm', platform: 'node', target: 'node18',
    outfile: 'dist/node.js', sourcemap: true }),
]);
