// SPDX-License-Identifier: Apache-2.0
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { packed, post, retryAfterOf } from '../../src/core/answer';

async function answerTo(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const answer = await post(`http://127.0.0.1:${port}/`, '{}', {});
  server.close();
  server.closeAllConnections();
  return answer;
}

it('reads Retry-After in seconds and as a date, up to an hour', () => {
  expect(retryAfterOf('5', 0)).toBe(5000);
  expect(retryAfterOf('Thu, 01 Jan 1970 00:00:10 GMT', 4000)).toBe(6000);
  expect(retryAfterOf('86400', 0)).toBe(3_600_000);
  for (const none of [null, '', '0', 'soon', 'Thu, 01 Jan 1970 00:00:10 GMT']) {
    expect(retryAfterOf(none, 20_000)).toBeUndefined();
  }
});

it('packs what is worth it, so that the server reads the same', async () => {
  expect(await packed('short')).toBe('short');
  const text = 'ä'.repeat(5000);
  const bytes = await packed(text) as ArrayBuffer;
  expect(bytes.byteLength).toBeLessThan(200);
  expect(gunzipSync(Buffer.from(bytes)).toString()).toBe(text);
});

it('takes a whole answer, and what it says', async () => {
  const answer = await answerTo((_, response) => {
    response.writeHead(503, { 'Retry-After': '7' }).end('{"success":false}');
  });
  expect(answer).toEqual({ status: 503, body: { success: false }, retryAfter: 7000 });
});

it('does not take one that was cut', async () => {
  const answer = await answerTo((_, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('{"success":true');
    setTimeout(() => response.destroy(), 20);
  });
  expect(answer).toEqual({ status: 0 });
});

it('or a connection that was', async () => {
  expect(await answerTo((request) => { request.socket.destroy(); })).toEqual({ status: 0 });
});
