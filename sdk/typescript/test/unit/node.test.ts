// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, it, vi } from 'vitest';
import { createClient } from '../../src/node/index';
import { RecordingServer } from './server';

const closing: (() => void)[] = [];
afterEach(() => { closing.splice(0).forEach((close) => close()); });

/** The recording server over HTTP, which first answers `statuses`. */
async function listen(...statuses: (number | 'never')[]) {
  const recording = new RecordingServer();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const bytes = Buffer.concat(pieces);
      const packed = request.headers['content-encoding'] === 'gzip';
      const status = statuses.shift();
      if (status === 'never') return;
      if (status) return void response.writeHead(status).end('{"success":false}');
      const answer = recording.take((packed ? gunzipSync(bytes) : bytes).toString());
      response.writeHead(200).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closing.push(() => { server.close(); server.closeAllConnections(); });
  return { recording, host: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

it('sends all of it, of whoever it is, before it closes', async () => {
  const { recording, host } = await listen(503);
  const client = createClient({ writeKey: 'web', host });
  for (let n = 0; n < 250; n++) client.track('Paid', { n }, { userId: `u${n % 7}` });
  expect(await client.close()).toBe(true);
  expect(recording.events.size).toBe(250);
  expect(recording.gaps()).toBe(0);
  expect(recording.complaints).toEqual([]);
  expect([...recording.events.values()][3]).toMatchObject({ userId: 'u3', type: 'track' });
  expect([...recording.events.values()][3]!.anonymousId).toBeUndefined();
});

it('does not mix people up', async () => {
  const { recording, host } = await listen();
  const client = createClient({ writeKey: 'web', host });
  client.identify('ada');
  client.track('A', {}, { anonymousId: 'b' });
  await client.close();
  expect([...recording.events.values()][1]!.userId).toBeUndefined();
});

it('says of whom it does not know', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { recording, host } = await listen();
  const client = createClient({ writeKey: 'web', host });
  client.track('A');
  await client.close();
  expect(recording.events.size).toBe(0);
  expect(warn).toHaveBeenCalledWith('hapax: track is not tracked: it needs userId or anonymousId');
  warn.mockRestore();
});

it('sends what was tracked before and after a reset()', async () => {
  const { recording, host } = await listen();
  const client = createClient({ writeKey: 'web', host });
  client.track('Before', {}, { userId: 'u' });
  client.reset();
  client.track('After', {}, { userId: 'u' });
  expect(await client.close()).toBe(true);
  expect([...recording.events.values()].map(({ event }) => event).sort()).toEqual(['After', 'Before']);
});

it('goes on after an event that was refused', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { recording, host } = await listen(400);
  const client = createClient({ writeKey: 'web', host, flushInterval: 10 });
  client.track('Refused', {}, { userId: 'u' });
  await client.flush();
  await new Promise((done) => setTimeout(done, 1100));  // Longer than it waits after the first try.
  client.track('A', {}, { userId: 'u' });
  await vi.waitFor(() => expect(recording.events.size).toBe(1), 5000);
  expect(await client.close()).toBe(true);
  warn.mockRestore();
});

it('closes in time, also when the server does not answer', async () => {
  const { host } = await listen('never');
  const client = createClient({ writeKey: 'web', host });
  client.track('A', {}, { userId: 'u' });
  const begin = performance.now();
  expect(await client.close(200)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(5000);
});

it('gives up after a while, and says that', async () => {
  const client = createClient({ writeKey: 'web', host: 'http://127.0.0.1:1' });
  client.track('A', {}, { userId: 'u' });
  expect(await client.close(100)).toBe(false);
});
