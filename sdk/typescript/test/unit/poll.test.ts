// SPDX-License-Identifier: Apache-2.0
// The server of examples/poll; what people do there is in test/browser/poll.test.mjs.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import path from 'node:path';
import { expect, it } from 'vitest';

const kServe = path.join(process.env.HAPAX_SOURCE ?? '../..', 'examples/poll/serve.mjs');

/** The first line of the answer to a request whose path no client would send. */
function ask(port: number, target: string): Promise<string> {
  return new Promise((answered, failed) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${target} HTTP/1.1\r\nHost: poll\r\n\r\n`));
    socket.once('data', (bytes) => {
      answered(String(bytes).split('\r\n', 1)[0]!);
      socket.destroy();
    });
    socket.once('error', failed);
    socket.once('close', () => failed(new Error('closed without an answer')));
  });
}

it('answers whatever is asked, and goes on', async () => {
  const site = spawn('node', [kServe], { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const said = await new Promise<string>((line) => site.stdout.once('data', (text) => line(String(text))));
    const port = Number(/:(\d+)\//.exec(said)![1]);
    for (const target of ['//', '///', '/nothing', '*', 'http://:x/']) {
      expect(await ask(port, target)).toBe('HTTP/1.1 404 Not Found');
    }
    expect(await ask(port, '/?a=b')).toBe('HTTP/1.1 200 OK');
  } finally {
    site.kill();
  }
});
