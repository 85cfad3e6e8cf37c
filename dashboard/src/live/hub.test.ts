// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Frame } from '../api/types';
import { Hub, type HubParts, type ToTab } from './hub';

/** A server that answers by hand, and timers that run when they are told to. */
class World implements HubParts {
  requests: { streams: { id: string; view: string; query: string; last_event_id?: string }[]; signal: AbortSignal; send: (text: string) => void; close: () => void }[] = [];
  timers: { ms: number; run: () => void }[] = [];
  answer: 'open' | 'fail' | Response = 'open';

  open(body: string, signal: AbortSignal): Promise<Response> {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({ start: (made) => { controller = made; } });
    signal.addEventListener('abort', () => { try { controller.error(new Error('aborted')); } catch { /* It is closed. */ } });
    const text = new TextEncoder();
    this.requests.push({ streams: JSON.parse(body).streams, signal, send: (part) => controller.enqueue(text.encode(part)), close: () => controller.close() });
    if (this.answer === 'fail') return Promise.reject(new Error('refused'));
    return Promise.resolve(this.answer === 'open' ? new Response(stream) : this.answer);
  }
  later(ms: number, run: () => void): () => void {
    const timer = { ms, run };
    this.timers.push(timer);
    return () => { this.timers = this.timers.filter((each) => each !== timer); };
  }
  random(): number {
    return 1;
  }
  get last() {
    return this.requests[this.requests.length - 1]!;
  }
  /** Runs all timers that are set to at most `ms`, then what follows from them. */
  async pass(ms: number): Promise<void> {
    const due = this.timers.filter((timer) => timer.ms <= ms);
    this.timers = this.timers.filter((timer) => timer.ms > ms);
    due.forEach(({ run }) => run());
    await settle();
  }
}

const settle = async (): Promise<void> => { for (let n = 0; n < 30; n++) await Promise.resolve(); await new Promise((done) => setTimeout(done, 0)); };
const frame = (count: number, whole = true): Frame => ({
  view: 'v', watermark: null, complete_until: null, complete_from: null, other: [], left: [], from: null, whole, interval_ms: 100,
  rows: [{ group: {}, values: { count }, state: 'open', revision: 0 }],
});
const sent = (id: string, data: unknown, frameId = 'f1'): string => `event: ${id}\nid: ${frameId}\ndata: ${JSON.stringify(data)}\n\n`;
const stream = (key: string) => ({ key, view: key, query: 'top=1' });
const tab = () => {
  const got: ToTab[] = [];
  const send = (message: ToTab): void => void got.push(message);
  return { got, send, frames: () => got.flatMap((each) => (each.kind === 'frame' ? [`${each.key}:${each.frame.rows[0]!.values.count}`] : [])) };
};

describe('the hub', () => {
  it('asks once for all tabs, and gives each the frames of its own', async () => {
    const world = new World();
    const hub = new Hub(world);
    const [a, b] = [tab(), tab()];
    hub.receive(a.send, { kind: 'want', streams: [stream('x'), stream('y')] });
    hub.receive(b.send, { kind: 'want', streams: [stream('y')] });
    await world.pass(20);
    expect(world.requests).toHaveLength(1);
    expect(world.last.streams.map(({ view }) => view)).toEqual(['x', 'y']);
    const [x, y] = world.last.streams;
    world.last.send(sent(x!.id, frame(1)) + sent(y!.id, frame(2)));
    await settle();
    expect(a.frames()).toEqual(['x:1', 'y:2']);
    expect(b.frames()).toEqual(['y:2']);
  });

  it('gives a tab that comes later all that is known, without asking', async () => {
    const world = new World();
    const hub = new Hub(world);
    const [a, b] = [tab(), tab()];
    hub.receive(a.send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    world.last.send(sent(world.last.streams[0]!.id, frame(7)));
    await settle();
    hub.receive(b.send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    expect(b.frames()).toEqual(['x:7']);
    expect(world.requests).toHaveLength(1);
  });

  it('goes on after the last frame when the set changes or the server was away', async () => {
    const world = new World();
    const hub = new Hub(world);
    const a = tab();
    hub.receive(a.send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    const first = world.last;
    first.send(sent(first.streams[0]!.id, frame(1), 'f9'));
    await settle();
    hub.receive(a.send, { kind: 'want', streams: [stream('x'), stream('y')] });
    await world.pass(20);
    expect(first.signal.aborted).toBe(true);
    expect(world.last.streams.map(({ view, last_event_id }) => [view, last_event_id])).toEqual([['x', 'f9'], ['y', undefined]]);
    world.last.close();
    await settle();
    expect(a.got[a.got.length - 1]).toMatchObject({ kind: 'state', state: 'away' });
    await world.pass(300);
    expect(world.requests).toHaveLength(3);
    expect(world.last.streams[0]).toMatchObject({ view: 'x', last_event_id: 'f9' });
    expect(a.got[a.got.length - 1]).toMatchObject({ kind: 'state', state: 'open' });
  });

  it('waits longer each time that the server does not answer, and no longer than five seconds', async () => {
    const world = new World();
    world.answer = 'fail';
    const hub = new Hub(world);
    hub.receive(tab().send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      waits.push(world.timers[0]!.ms);
      await world.pass(10_000);
    }
    expect(waits).toEqual([300, 600, 1200, 2400, 4800, 5000, 5000]);
  });

  it('comes back no sooner than the server says', async () => {
    const world = new World();
    world.answer = new Response('{"message":"too many streams"}', { status: 503, headers: { 'Retry-After': '7' } });
    const a = tab();
    new Hub(world).receive(a.send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    expect(world.timers[0]!.ms).toBe(7000);
    expect(a.got[a.got.length - 1]).toMatchObject({ state: 'away', status: 503, message: 'too many streams' });
  });

  it('tells the end of one stream, and the others go on', async () => {
    const world = new World();
    const a = tab();
    new Hub(world).receive(a.send, { kind: 'want', streams: [stream('x'), stream('y')] });
    await world.pass(20);
    const [x, y] = world.last.streams;
    world.last.send(sent(`${x!.id}/end`, { code: 'unknown_view', message: 'gone' }) + sent(y!.id, frame(3)));
    await settle();
    expect(a.got.filter(({ kind }) => kind === 'end')).toEqual([{ kind: 'end', key: 'x', code: 'unknown_view', message: 'gone' }]);
    expect(a.frames()).toEqual(['y:3']);
  });

  it('opens a view that was counted anew from its beginning', async () => {
    const world = new World();
    new Hub(world).receive(tab().send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    const id = world.last.streams[0]!.id;
    world.last.send(sent(id, frame(1), 'f4') + sent(`${id}/end`, { code: 'view_changed' }));
    await settle();
    await world.pass(20);
    expect(world.requests).toHaveLength(2);
    expect(world.last.streams[0]!.last_event_id).toBeUndefined();
  });

  it('closes the connection when the last tab goes', async () => {
    const world = new World();
    const hub = new Hub(world);
    const [a, b] = [tab(), tab()];
    hub.receive(a.send, { kind: 'want', streams: [stream('x')] });
    hub.receive(b.send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    hub.receive(a.send, { kind: 'bye' });
    expect(world.last.signal.aborted).toBe(false);
    hub.receive(b.send, { kind: 'bye' });
    await settle();
    expect(world.last.signal.aborted).toBe(true);
    await world.pass(60_000);
    expect(world.requests).toHaveLength(1);
  });

  it('takes a connection without a byte for dead', async () => {
    const world = new World();
    const a = tab();
    new Hub(world).receive(a.send, { kind: 'want', streams: [stream('x')] });
    await world.pass(20);
    await world.pass(45_000);
    expect(a.got[a.got.length - 1]).toMatchObject({ kind: 'state', state: 'away' });
    await world.pass(300);
    expect(world.requests).toHaveLength(2);
  });
});
