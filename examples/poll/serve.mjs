// SPDX-License-Identifier: Apache-2.0
// Serves the poll, and passes on what its page sends, and the one view that it reads: with a read key that visitors
// never see. Settings: HAPAX_URL, HAPAX_READ_KEY, HAPAX_SDK (the built script), PORT.
import { readFile } from 'node:fs/promises';
import http from 'node:http';

const upstream = new URL(process.env.HAPAX_URL ?? 'http://127.0.0.1:8080');
const readKey = process.env.HAPAX_READ_KEY;
const here = (name) => new URL(name, import.meta.url);
const files = {
  '/': [here('index.html'), 'text/html; charset=utf-8'],
  '/poll.js': [here('poll.js'), 'text/javascript; charset=utf-8'],
  '/poll.css': [here('poll.css'), 'text/css; charset=utf-8'],
  '/sdk.js': [process.env.HAPAX_SDK ?? here('../../build/release/sdk/dist/hapax.iife.js'), 'text/javascript; charset=utf-8'],
};
const passedOn = [/^\/v1\/batch$/, /^\/api\/views\/survey_answers\/live$/];

function passOn(request, response) {
  const headers = { ...request.headers, host: upstream.host };
  delete headers.cookie;
  if (readKey && request.method === 'GET') headers.authorization = `Bearer ${readKey}`;
  const { hostname, port } = upstream;
  const asked = http.request({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  asked.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on('close', () => asked.destroy());
  request.pipe(asked);
}

/** Says what Hapax refuses, before a visitor meets it. */
async function check() {
  const page = await readFile(here('index.html'), 'utf8');
  const [, writeKey] = /data-write-key="([^"]*)"/.exec(page) ?? [];
  const headers = readKey ? { authorization: `Bearer ${readKey}` } : {};
  try {
    await ask('/api/views/survey_answers?source=poll&limit=1', { headers },
      'The page will show no results: set HAPAX_READ_KEY to a read key of Hapax, or on its machine to "$(cat data/access/token)".');
    await ask('/v1/batch', { method: 'POST', body: JSON.stringify({ writeKey, batch: [] }) },
      `Votes will be refused: put a write key of Hapax into index.html, in place of data-write-key="${writeKey}".`);
  } catch (error) {
    console.error(`no answer from ${upstream}: ${error.cause?.message ?? error.message}; HAPAX_URL says where Hapax is. The page goes on trying.`);
  }
}

async function ask(path, request, remedy) {
  const answer = await fetch(new URL(path, upstream), request);
  if (answer.ok) return;
  const { code, message } = await answer.json();
  console.error(`${path.split('?')[0]} answers ${answer.status} ${code}: ${message}.`);
  if (answer.status === 401 || answer.status === 403) console.error(remedy);
}

const server = http.createServer(async (request, response) => {
  const [pathname] = request.url.split('?');
  if (passedOn.some((path) => path.test(pathname))) return passOn(request, response);
  const [file, type] = files[pathname] ?? [];
  if (!file) return response.writeHead(404).end();
  try {
    const content = await readFile(file);
    response.writeHead(200, { 'Content-Type': type }).end(content);
  } catch (error) {
    response.writeHead(500).end(`cannot read ${file}: ${error.message}; run script/sdk build\n`);
  }
});
server.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () => {
  console.log(`The poll is at http://127.0.0.1:${server.address().port}/`);
  void check();
});
