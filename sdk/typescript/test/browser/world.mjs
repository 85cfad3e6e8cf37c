// SPDX-License-Identifier: Apache-2.0
// The real server, a site of another origin that uses the SDK, and between them a network that fails when told to.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const kReadySeconds = 30;
const kPages = new URL('./pages/', import.meta.url);
const kScript = new URL('../../dist/hapax.iife.js', import.meta.url);

/** Waits until `look` says something true, which it returns. */
export async function until(look, what, seconds = kReadySeconds) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((done) => setTimeout(done, 20))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

function listen(handler) {
  const server = http.createServer(handler);
  return new Promise((ready) => {
    server.listen(0, '127.0.0.1', () => ready({
      port: server.address().port,
      close: () => { server.close(); server.closeAllConnections(); },
    }));
  });
}

/** A process of the binary, once it listens: its port and its end. */
async function startProcess(options, env) {
  const child = spawn(process.env.HAPAX_BINARY, ['serve', ...options], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const said = [];
  child.stderr.on('data', (text) => said.push(text));
  const port = await new Promise((found, failed) => {
    child.stdout.on('data', (text) => {
      const at = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
      if (at) found(Number(at[1]));
    });
    child.on('exit', (code) => failed(new Error(`the server ended with ${code}: ${said.join('')}`)));
  });
  const end = async () => {
    child.removeAllListeners('exit');
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await gone;
  };
  return { port, end };
}

/**
 * The binary in HAPAX_BINARY on a free port, with the views that the tests read. It lets in everybody (--dev); with `login`
 * who reads needs a key, and `token` is the machine's.
 */
export async function startServer({ login = false, more = [] } = {}) {
  const { HAPAX_BINARY, HAPAX_SOURCE, ...others } = process.env;
  const env = { ...others, HAPAX_VIEWS_DEFAULTS: 'events_per_minute,survey_answers' };
  const folder = await mkdtemp(path.join(tmpdir(), 'hapax-sdk-'));
  const start = (port) => startProcess([
    '--listen', `127.0.0.1:${port}`, '--data-dir', folder, '--clock-trusted', 'yes', ...(login ? [] : ['--dev']), ...more,
  ], env);
  let running = await start(0);
  const { port } = running;
  const token = login ? (await readFile(path.join(folder, 'access/token'), 'utf8')).trim() : '';
  const headers = login ? { Authorization: `Bearer ${token}` } : {};
  const get = async (address) => {
    const response = await fetch(`http://127.0.0.1:${port}${address}`, { headers });
    return { status: response.status, body: await response.json() };
  };
  return {
    port, token, get,
    /** Starts again at the same port, once `meanwhile` is done. */
    async restart(meanwhile = () => {}) {
      await running.end();
      await meanwhile();
      running = await start(port);
    },
    async stop() {
      await running.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Passes batches on to the server, and notes which numbers came, unless it fails as `fault` says for each request. */
export class Network {
  /** (request number from 0) => undefined, 'lost', 'cut' (after storing) or a status. */
  fault = () => undefined;
  requests = 0;
  /** By epoch: its device, the highest number made, what was given up, and which message came under which number. */
  epochs = new Map();
  twice = [];

  constructor(upstream) { this.upstream = upstream; }

  async open() {
    const { port, close } = await listen((request, response) => this.#pass(request, response));
    Object.assign(this, { port, close, host: `http://127.0.0.1:${port}` });
    return this;
  }

  async #pass(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const batch = request.method === 'POST' && request.url.startsWith('/v1/batch');
    const fault = batch ? this.fault(this.requests++) : undefined;
    if (fault === 'lost') return request.socket.destroy();
    if (typeof fault === 'number') {
      const origin = { 'Access-Control-Allow-Origin': request.headers.origin ?? '*' };
      return response.writeHead(fault, origin).end('{"success":false}');
    }
    if (!batch) return void this.#request(request, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }).on('error', () => response.destroy()).end(body);
    const answer = await this.#ask(request, body);
    if (answer.status === 200) this.#note(JSON.parse(body[0] === 0x1f ? gunzipSync(body) : body));
    if (fault === 'cut') return request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #request({ method, url, headers }, take) {
    return http.request({ host: '127.0.0.1', port: this.upstream, method, path: url, headers }, take);
  }

  #ask(request, body) {
    return new Promise((done, failed) => {
      this.#request(request, async (response) => {
        const pieces = [];
        for await (const piece of response) pieces.push(piece);
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces) });
      }).on('error', failed).end(body);
    });
  }

  #note({ numbering, batch }) {
    if (!numbering) return;
    const { device, epoch, made, dropped } = numbering;
    const known = this.epochs.get(epoch) ?? { device, made: 0, dropped: {}, arrived: new Map() };
    this.epochs.set(epoch, known);
    if (made >= known.made) Object.assign(known, { made, dropped });
    for (const { sequence, messageId } of batch) {
      if ((known.arrived.get(sequence) ?? messageId) !== messageId) this.twice.push(sequence);
      known.arrived.set(sequence, messageId);
    }
  }

  /** Numbers that were made and never came. */
  gaps() {
    return [...this.epochs.values()].reduce((sum, { made, arrived, dropped }) =>
      sum + made - arrived.size - Object.values(dropped).reduce((all, count) => all + count, 0), 0);
  }
}

/** A site whose pages load the SDK by a script tag: `page(path, attributes)` is an address on it. */
export async function openSite(network) {
  const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' };
  const site = await listen(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    try {
      const file = pathname === '/sdk.js' ? kScript : new URL(`.${pathname}`, kPages);
      const text = await readFile(file, 'utf8');
      response.writeHead(200, { 'Content-Type': types[path.extname(pathname)] });
      response.end(text.replaceAll('$HOST', network.host));
    } catch {
      response.writeHead(404).end();
    }
  });
  const page = (name = 'index.html', host = 'localhost') => `http://${host}:${site.port}/${name}`;
  return { ...site, page };
}

export function openBrowser(...more) {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--host-resolver-rules=MAP shop.test 127.0.0.1', ...more],
  });
}

/** All that a test of the SDK needs, and its end. */
export async function openWorld() {
  const server = await startServer();
  const network = await new Network(server.port).open();
  const site = await openSite(network);
  const browser = await openBrowser();
  /** How often the server counted events of this name. */
  const counted = async (name) => {
    const { body } = await server.get(`/api/views/events_per_minute?event=${name}&from=1970-01-01T00:00:00Z&measures=count`);
    return body.rows.reduce((sum, row) => sum + row.values.count, 0);
  };
  return {
    server, network, site, browser, counted,
    async close() {
      await browser.close();
      site.close();
      network.close();
      await server.stop();
    },
  };
}

/**
 * What the server itself says of the numbers of source `web`: how many came, are missing or are still expected.
 * undefined: this one does not keep them.
 */
export async function lossesByServer(server) {
  const { status, body } = await server.get('/api/gaps?source=web');
  if (status === 404) return undefined;
  const [source] = body.sources;
  return source && {
    epochs: source.devices, arrived: source.arrived, missing: source.missing_at_least + source.not_believed.missing,
    tail: source.open_tail + source.not_believed.open_tail,
  };
}
