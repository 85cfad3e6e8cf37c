// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Hub, type FromTab, type ToTab } from './hub';
import { GONE_MS, serve } from './serve';

const WANT: FromTab = { kind: 'want', streams: [{ key: 'x', view: 'x', query: '' }] };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world() {
  const requests: AbortSignal[] = [];
  const hub = new Hub({
    open: (_, signal) => { requests.push(signal); return new Promise(() => {}); },
    later: (ms, run) => { const timer = setTimeout(run, ms); return () => clearTimeout(timer); },
    random: () => 1,
  });
  const got: ToTab[] = [];
  const port = { postMessage: (message: ToTab) => void got.push(message), onmessage: null } as unknown as MessagePort;
  serve(hub, port);
  return { requests, got, say: (data: FromTab) => port.onmessage!({ data } as MessageEvent) };
}

it('a tab that slept is forgotten, and taken back when it says again what it shows', async () => {
  const { requests, got, say } = world();
  say(WANT);
  await vi.advanceTimersByTimeAsync(100);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2 * GONE_MS);
  expect(requests[0]!.aborted).toBe(true);
  got.length = 0;
  say(WANT);
  await vi.advanceTimersByTimeAsync(100);
  expect(requests).toHaveLength(2);
  expect(got.map((each) => each.kind === 'state' && each.state)).toEqual(['idle', 'connecting']);
  await vi.advanceTimersByTimeAsync(2 * GONE_MS);
  expect(requests[1]!.aborted, 'and watched again').toBe(true);
});

it('a tab that goes on saying it changes nothing', async () => {
  const { requests, say } = world();
  for (let n = 0; n < 12; n++) {
    say(WANT);
    await vi.advanceTimersByTimeAsync(GONE_MS / 4);
  }
  expect(requests).toHaveLength(1);
  expect(requests[0]!.aborted).toBe(false);
});

it('a tab says again and again what it shows, not only that it is here', async () => {
  const said: FromTab[] = [];
  vi.stubGlobal('SharedWorker', class { port = { postMessage: (message: FromTab) => void said.push(message) }; });
  vi.stubGlobal('addEventListener', () => {});
  const { live } = await import('./client');
  live.subscribe('v', 'top=1', () => {});
  await vi.advanceTimersByTimeAsync(GONE_MS - 1);
  const want = { kind: 'want', streams: [{ key: 'v?top=1', view: 'v', query: 'top=1' }] };
  expect(said.length).toBeGreaterThan(2);
  expect(said).toEqual(said.map(() => want));
  vi.unstubAllGlobals();
});
