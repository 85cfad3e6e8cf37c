// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pass, Scripted, kStart } from './scripted';

afterEach(() => { vi.useRealTimers(); });

const kHour = 3_600_000;
const kDay = 24 * kHour;

describe('sending', () => {
  it('waits for a second, and sends what came together', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.track('A');
    await pass(900);
    client.track('B');
    expect(world.bodies).toEqual([]);
    await pass(100);
    expect(world.bodies.map(({ batch }) => batch.map(({ event }) => event))).toEqual([['A', 'B']]);
    expect(client.stats().queued).toBe(0);
  });

  it('sends at once when there is enough, in requests of a bounded size', async () => {
    const world = new Scripted();
    const client = await world.open({ flushAt: 5, batchEvents: 3 });
    for (const name of 'ABCDE') client.track(name);
    await pass(0);
    expect(world.bodies.map(({ batch }) => batch.length)).toEqual([3, 2]);
    expect(world.names()).toEqual([...'ABCDE']);
  });

  it('cuts batches by bytes', async () => {
    const world = new Scripted();
    const client = await world.open({ batchBytes: 3000 });
    for (const name of 'ABC') client.track(name, { text: 'ä'.repeat(400) });
    await client.flush();
    expect(world.bodies.map(({ batch }) => batch.length)).toEqual([1, 1, 1]);
  });

  it('says who, up to which number, and when it was sent', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.track('A', { n: 1 });
    await client.flush();
    const { epoch, device } = client.stats();
    expect(world.bodies[0]).toMatchObject({
      writeKey: 'web', sentAt: new Date(kStart + 100).toISOString(), context: { library: { name: '@hapax/sdk' } },
      numbering: { device, epoch, made: 1, dropped: {} },
      batch: [{ type: 'track', event: 'A', properties: { n: 1 }, anonymousId: device, sequence: 1 }],
    });
    expect(epoch).toMatch(/^[\w-]{22}$/);
  });
});

describe('a try that failed', () => {
  it('is made again with the same events and another sentAt, until they are acknowledged', async () => {
    const world = new Scripted();
    world.answers = [{ status: 0 }, { status: 500 }, 'cut', { status: 429 }];
    const client = await world.open();
    client.track('A');
    await pass(60_000);
    expect(world.bodies.length).toBe(5);
    expect(new Set(world.bodies.map(({ batch }) => JSON.stringify(batch))).size).toBe(1);
    expect(new Set(world.bodies.map(({ sentAt }) => sentAt)).size).toBe(5);
    expect(world.server.events.size).toBe(1);
    expect(client.stats().queued).toBe(0);
  });

  it('backs off exponentially with full jitter, to a limit', async () => {
    const world = new Scripted();
    world.answers = Array.from({ length: 60 }, () => ({ status: 503 }));
    const client = await world.open({ retryMax: 60_000 });
    client.track('A');
    await pass(kHour);
    const waits = world.times.slice(1).map((time, at) => time - world.times[at]!);
    waits.forEach((wait, at) => expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** at)));
    const late = waits.slice(10);
    expect(Math.min(...late)).toBeLessThan(20_000);
    expect(Math.max(...late)).toBeGreaterThan(40_000);
    expect(client.stats().queued).toBe(0);
  });

  it.each([[429], [503]])('keeps away for as long as a %i says, also from flush() and the network coming back', async (status) => {
    const world = new Scripted();
    world.answers = [{ status, retryAfter: 20_000 }];
    const client = await world.open();
    client.track('A');
    await pass(5000);
    await client.flush();
    client.hurry();
    await pass(14_000);
    expect(world.times.length).toBe(1);
    await pass(5000);
    expect(world.times.length).toBe(2);
  });

  it('is made at once when the network is back', async () => {
    const world = new Scripted();
    world.answers = Array.from({ length: 12 }, () => ({ status: 0 }));
    const client = await world.open();
    client.track('A');
    while (world.answers.length) await pass(1000);
    const before = world.times.length;
    client.hurry();
    await pass(0);
    expect(world.times.length).toBe(before + 1);
    expect(world.names()).toEqual(['A']);
  });

  it.each([[401], [403], [404], [405]])('%i is a setting that somebody puts right: nothing is lost', async (status) => {
    const world = new Scripted();
    world.answers = Array.from({ length: 10 }, () => ({ status }));
    const client = await world.open();
    client.track('A');
    await pass(2 * kHour);
    expect(world.names()).toEqual(['A']);
    expect(client.stats().dropped).toEqual({});
    expect(world.browser.warnings[0]).toMatch(`the server answers ${status}`);
  });

  it('a 200 that is not our server\'s word is no acknowledgement', async () => {
    const world = new Scripted();
    world.answers = [{ status: 200 }, { status: 200, body: { ok: true } }, { status: 204 }];
    const client = await world.open();
    client.track('A');
    await pass(60_000);
    expect(world.bodies.length).toBe(4);
  });
});

describe('what will never be taken', () => {
  it('is found by halves, given up alone, and said', async () => {
    const world = new Scripted();
    const client = await world.open();
    const poison = 'C';
    const send = world.send.bind(world);
    world.send = async (body) => (body.includes(`"event":"${poison}"`) ? { status: 400, body: { success: false } } : send(body));
    for (const name of 'ABCDEFGH') client.track(name);
    await pass(60_000);
    expect(world.names()).toEqual([...'ABDEFGH']);
    expect(client.stats()).toMatchObject({ queued: 0, dropped: { refused: 1 } });
    expect(world.server.gaps()).toBe(0);
  });

  it('413 splits, and gives up what is too large alone', async () => {
    const world = new Scripted();
    const client = await world.open();
    const send = world.send.bind(world);
    world.send = async (body) => (body.length > 2000 ? { status: 413, body: { success: false } } : send(body));
    client.track('A');
    client.track('Large', { text: 'x'.repeat(3000) });
    for (const name of 'BCDEFGHIJKLMN') client.track(name);
    await pass(60_000);
    expect(world.names()).toEqual([...'ABCDEFGHIJKLMN']);
    expect(client.stats().dropped).toEqual({ too_large: 1 });
    client.track('O');
    await pass(5000);
    expect(world.server.gaps()).toBe(0);
  });

  it.each([[400], [413], [415], [422]])('is not what a proxy refuses with %i', async (status) => {
    const world = new Scripted();
    world.answers = [{ status }, { status, body: 'Bad Request' }];
    const client = await world.open();
    client.track('A');
    await pass(60_000);
    expect(world.names()).toEqual(['A']);
    expect(client.stats().dropped).toEqual({});
  });

  it('is told when the server rejected an event: it arrived, and is not sent again', async () => {
    const world = new Scripted();
    world.answers = [{ status: 200, body: { success: true, errors: [{ index: 0, code: 'missing_event', message: 'Why.' }] } }];
    const client = await world.open();
    client.track('A');
    await pass(60_000);
    expect(world.bodies.length).toBe(1);
    expect(client.stats().rejected).toBe(1);
    expect(world.browser.warnings).toEqual(['hapax: the server rejected an event: missing_event: Why.']);
  });
});

describe('sending goes on', () => {
  it('after the only event was refused', async () => {
    const world = new Scripted();
    world.answers = [{ status: 400, body: { success: false } }];
    const client = await world.open();
    client.track('Refused');
    await pass(5000);
    expect(client.stats()).toMatchObject({ queued: 0, dropped: { refused: 1 } });
    client.track('A');
    await pass(5000);
    expect(world.names()).toEqual(['A']);
  });

  it('after somebody opted out while a try waited, and in again', async () => {
    const world = new Scripted();
    world.answers = [{ status: 503 }];
    const client = await world.open();
    client.track('Before');
    await pass(1000);
    client.optOut();
    await pass(5000);
    client.optIn();
    client.track('A');
    await pass(5000);
    expect(world.names()).toEqual(['A']);
  });

  it('when a page comes back that was left while a try waited', async () => {
    const world = new Scripted();
    world.answers = [{ status: 503 }];
    const client = await world.open();
    client.track('A');
    await pass(1000);
    world.page.leave();
    await pass(10_000);
    client.comeBack();
    await pass(5000);
    expect(world.names()).toEqual(['A']);
    client.track('B');
    await pass(5000);
    expect(world.names()).toEqual(['A', 'B']);
  });

  it('after all that waited for a try became too old', async () => {
    const world = new Scripted();
    world.answers = [{ status: 503 }];
    const client = await world.open({ retryWindow: 0 });
    client.track('Old');
    await pass(5000);
    expect(client.stats()).toMatchObject({ queued: 0, dropped: { too_old: 1 } });
    client.track('A');
    await pass(5000);
    expect(world.names()).toEqual(['A']);
  });

  it.each([['a day', kDay], ['two months', 60 * kDay]])('when the clock is set back by %s, and no sooner', async (_, back) => {
    const world = new Scripted();
    world.answers = [{ status: 503, retryAfter: 20_000 }];
    const client = await world.open();
    client.track('A');
    await pass(2000);
    vi.setSystemTime(Date.now() - back);
    await client.flush();
    await pass(10_000);
    expect(world.times.length).toBe(1);
    await pass(15_000);
    expect(world.names()).toEqual(['A']);
  });

  it('not at once where it waits for longer than timers can', async () => {
    const world = new Scripted();
    const client = await world.open({ flushInterval: 40 * kDay });
    client.track('A');
    await pass(60_000);
    expect(world.bodies).toEqual([]);
  });
});

describe('age', () => {
  it.each([['was never sent', []], ['was sent', ['cut' as const]]])('of what %s by a clock that is in 1970 is not known', async (_, answers) => {
    const world = new Scripted();
    vi.setSystemTime(60_000);
    world.answers = [...answers];
    const client = await world.open({ flushInterval: answers.length ? 0 : 1000 });
    client.track('A');
    await pass(answers.length);
    vi.setSystemTime(kStart);
    await pass(5000);
    expect(world.names()).toEqual(['A']);
    expect(client.stats().queued).toBe(0);
    expect(client.stats().dropped).toEqual({});
  });

  it('what was never sent is kept for a month', async () => {
    const world = new Scripted();
    let client = await world.open();
    client.track('A');
    world.page.crash();
    vi.setSystemTime(kStart + 29 * kDay);
    client = await world.open();
    await pass(5000);
    expect(world.names()).toEqual(['A']);
  });

  it('what was sent, and may have arrived, is given up before the server forgets its id', async () => {
    const world = new Scripted();
    world.answers = ['cut'];
    const client = await world.open();
    client.track('A');
    await pass(1000);
    world.page.crash();
    vi.setSystemTime(kStart + 6 * kDay + 10_000);
    const next = await world.open();
    await pass(5000);
    expect(world.bodies.length).toBe(1);
    expect(next.stats()).toMatchObject({ queued: 0, made: 1, dropped: { too_old: 1 } });
    expect(client).not.toBe(next);
  });
});

describe('a full queue', () => {
  it('gives up the oldest, and the next batch says how many', async () => {
    const world = new Scripted();
    world.answers = [{ status: 503, retryAfter: 10_000 }];
    const client = await world.open({ queueEvents: 3 });
    client.track('First');
    await pass(2000);
    for (const name of 'ABCDE') client.track(name);
    expect(client.stats()).toMatchObject({ queued: 3, made: 6, dropped: { queue_full: 3 } });
    await pass(20_000);
    expect(world.names()).toEqual(['C', 'D', 'E']);
    expect(world.bodies.at(-1)!.numbering).toMatchObject({ made: 6, dropped: { queue_full: 3 } });
    expect(world.server.gaps()).toBe(0);
  });

  it('does not give up what is on its way', async () => {
    const world = new Scripted();
    const client = await world.open({ queueEvents: 2 });
    let answer!: () => void;
    const send = world.send.bind(world);
    world.send = (body) => new Promise((done) => { answer = () => done(send(body)); });
    client.track('First');
    await pass(1000);
    for (const name of 'ABC') client.track(name);
    world.send = send;
    answer();
    await pass(5000);
    expect(world.names()).toEqual(['First', 'C']);
    expect(client.stats().dropped).toEqual({ queue_full: 2 });
    expect(world.server.gaps()).toBe(0);
  });

  it('is bounded in bytes, too', async () => {
    const world = new Scripted();
    const client = await world.open({ queueBytes: 3000, flushInterval: 60_000 });
    for (const name of 'ABCDE') client.track(name, { text: 'x'.repeat(1000) });
    expect(client.stats()).toMatchObject({ queued: 2, dropped: { queue_full: 3 } });
  });
});

describe('leaving', () => {
  it('hands over what waits, and keeps it until it is acknowledged', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.track('A');
    world.page.end();
    expect(world.beacons.map((body) => JSON.parse(body).batch.length)).toEqual([1]);
    await world.open();
    await pass(5000);
    expect(world.names()).toEqual(['A']);
  });

  it('stays below what browsers take', async () => {
    const world = new Scripted();
    const client = await world.open({ flushAt: 1000, flushInterval: 60_000 });
    for (let n = 0; n < 100; n++) client.track('Clicked', { n, text: 'ä'.repeat(1000) });
    world.page.end();
    expect(world.beacons.length).toBe(1);
    expect(new TextEncoder().encode(world.beacons[0]).length).toBeGreaterThan(50_000);
    expect(new TextEncoder().encode(world.beacons[0]).length).toBeLessThan(60_000);
  });

  it('hands over what a request holds that has not been made yet, and not what outlives the page', async () => {
    for (const isMade of [false, true]) {
      const world = new Scripted();
      const client = await world.open({ batchEvents: 2 });
      world.send = (_body, outlives) => {
        if (isMade) outlives!();
        return new Promise(() => {});  // The page is gone before an answer.
      };
      client.track('A');
      client.track('B');
      void client.flush();
      await pass(0);
      client.track('C');
      world.page.end();
      const handed = world.beacons.flatMap((body) => JSON.parse(body).batch as { event: string }[]);
      expect(handed.map(({ event }) => event)).toEqual(isMade ? ['C'] : ['A', 'B']);
    }
  });

  it('before it has an epoch, puts its events into one of their own', async () => {
    const world = new Scripted();
    const page = world.browser.open();
    page.client.track('A');
    page.client.track('B');
    page.end();
    expect(JSON.parse(world.beacons[0]!).numbering).toMatchObject({ made: 2 });
    await world.open();
    await pass(5000);
    expect(world.names()).toEqual(['A', 'B']);
    expect(world.server.gaps()).toBe(0);
  });

  it('keeps what happens after it', async () => {
    const world = new Scripted();
    const client = await world.open();
    world.page.leave();
    client.track('Unload');
    world.page.crash();
    await world.open();
    await pass(5000);
    expect(world.names()).toEqual(['Unload']);
  });
});
