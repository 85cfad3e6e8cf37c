// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';
import { placeOf } from '../../src/core/sampling';
import { pass, Scripted } from './scripted';

afterEach(() => { vi.useRealTimers(); });

const events = (world: Scripted) => [...world.server.events.values()];

describe('calls', () => {
  it('become events of the wire', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.page('Home', { a: 1 });
    client.identify('ada', { plan: 'pro' });
    client.track('Paid', { cents: 900 }, { timestamp: new Date(0), messageId: 'once', context: { ab: 'b' } });
    client.group('acme', { size: 3 });
    client.alias('ada2');
    await pass(2000);
    const { device } = client.stats();
    expect(events(world)).toMatchObject([
      { type: 'page', name: 'Home', properties: { a: 1 }, anonymousId: device },
      { type: 'identify', userId: 'ada', traits: { plan: 'pro' }, anonymousId: device },
      { type: 'track', event: 'Paid', userId: 'ada', messageId: 'once', timestamp: '1970-01-01T00:00:00.000Z',
        context: { page: { path: '/' }, ab: 'b' } },
      { type: 'group', groupId: 'acme', traits: { size: 3 }, userId: 'ada' },
      { type: 'alias', userId: 'ada2', previousId: device },
    ]);
    expect(events(world)[0]!.userId).toBeUndefined();
    expect(new Set(events(world).map(({ messageId }) => messageId)).size).toBe(5);
  });

  it('say what was the case when they were made', async () => {
    const world = new Scripted();
    const { client } = world.browser.open();  // There is no epoch yet.
    const properties = { n: 1 };
    client.track('A', properties);
    properties.n = 2;
    client.identify('ada');
    await pass(2000);
    expect(events(world)[0]).toMatchObject({ event: 'A', properties: { n: 1 }, timestamp: '2026-11-27T12:00:00.000Z' });
    expect(events(world)[0]!.userId).toBeUndefined();
  });

  const circular: Record<string, unknown> = {};
  circular.itself = circular;
  it.each<[string, (client: any) => void]>([
    ['it needs event', (client) => client.track()],
    ['it needs event', (client) => client.track('')],
    ['event is no text', (client) => client.track({})],
    ['event has more than 1024 bytes', (client) => client.track('ä'.repeat(600))],
    ['properties is no object', (client) => client.track('A', 'text')],
    ['properties is no object', (client) => client.track('A', [1])],
    ['it has more than 32000 bytes', (client) => client.track('A', { text: 'x'.repeat(40_000) })],
    ['it needs groupId', (client) => client.group()],
    ['it needs userId', (client) => client.alias()],
    ['not tracked: ', (client) => client.track('A', circular)],
    ['not tracked: ', (client) => client.track('A', { n: 1n })],
    ['not tracked: ', (client) => client.track('A', {}, { timestamp: new Date('never') })],
  ])('that cannot be right are said in the console and throw nothing: %s', async (why, call) => {
    const world = new Scripted();
    const client = await world.open();
    call(client);
    client.track('Good');
    await pass(2000);
    expect(world.browser.warnings.length).toBe(1);
    expect(world.browser.warnings[0]).toContain(why);
    expect(world.names()).toEqual(['Good']);
    expect(client.stats().made).toBe(1);
  });

  it('warn only so often', async () => {
    const world = new Scripted();
    const client = await world.open();
    for (let n = 0; n < 100; n++) client.track('');
    expect(world.browser.warnings.length).toBe(20);
  });
});

describe('who it is', () => {
  it('is known to the next page, and to other tabs at once', async () => {
    const world = new Scripted();
    const other = world.browser.open();
    const client = await world.open();
    client.identify('ada');
    other.client.track('Other');
    world.page.end();
    (await world.open()).track('Next');
    await pass(5000);
    expect(new Set(events(world).map(({ userId }) => userId))).toEqual(new Set(['ada']));
    expect(new Set(events(world).map(({ anonymousId }) => anonymousId)).size).toBe(1);
  });

  it('is forgotten in all tabs', async () => {
    const world = new Scripted();
    const other = world.browser.open();
    const client = await world.open();
    other.client.identify('ada');
    client.reset();
    other.client.track('Other');
    await pass(5000);
    const event = events(world).find(({ event }) => event === 'Other')!;
    expect(event.userId).toBeUndefined();
    expect(event.anonymousId).toBe(client.stats().device);
    expect(world.server.gaps()).toBe(0);
  });
});

describe('consent', () => {
  it('while nobody has agreed, nothing is stored or sent; then what waited is', async () => {
    const world = new Scripted();
    const client = await world.open({ consent: 'pending' });
    client.track('A');
    client.identify('ada');
    await pass(60_000);
    expect([...world.browser.local.texts]).toEqual([]);
    expect(world.bodies).toEqual([]);
    client.consent('granted');
    client.track('B');
    await pass(2000);
    expect(events(world).map(({ type, sequence }) => [type, sequence])).toEqual([['track', 1], ['identify', 2], ['track', 3]]);
    expect(new Set(events(world).map(({ anonymousId }) => anonymousId)).size).toBe(1);
  });

  it('denied: what waited has no number, so it is no gap', async () => {
    const world = new Scripted();
    const client = await world.open({ consent: 'pending' });
    client.track('A');
    client.consent('denied');
    client.track('B');
    await pass(2000);
    expect(JSON.stringify([...world.browser.local.texts])).not.toContain('anonymousId');
    client.optIn();
    client.track('C');
    await pass(2000);
    expect(events(world).map(({ event, sequence }) => [event, sequence])).toEqual([['C', 1]]);
  });

  it('is remembered', async () => {
    const world = new Scripted();
    (await world.open()).optOut();
    const client = await world.open();
    client.track('A');
    await pass(2000);
    expect(world.bodies).toEqual([]);
  });

  it('opted out: what was queued is given up, in all tabs, and said once there is a next batch', async () => {
    const world = new Scripted();
    const other = world.browser.open();
    const client = await world.open();
    client.track('A');
    other.client.track('B');
    client.optOut();
    client.track('C');
    await pass(5000);
    expect(world.bodies).toEqual([]);
    client.optIn();
    client.track('D');
    other.client.track('E');
    await pass(5000);
    expect(world.names().sort()).toEqual(['D', 'E']);
    expect(world.server.gaps()).toBe(0);
    expect([...world.server.epochs.values()].map(({ dropped }) => dropped)).toEqual([{ opted_out: 1 }, { opted_out: 1 }]);
  });

  it('the browser can say no', async () => {
    const world = new Scripted();
    world.browser.refuses = true;
    const client = await world.open();
    client.track('A');
    client.optIn();
    client.track('B');
    await pass(2000);
    world.page.end();
    expect(world.bodies).toEqual([]);
    expect(world.beacons).toEqual([]);
    expect(JSON.stringify([...world.browser.local.texts])).not.toContain('.e.');
  });

  it('unless it is told not to be asked', async () => {
    const world = new Scripted();
    world.browser.refuses = true;
    (await world.open({ doNotTrack: false })).track('A');
    await pass(2000);
    expect(world.names()).toEqual(['A']);
  });
});

describe('sampling', () => {
  it('takes the same users everywhere, and says what each stands for', async () => {
    const world = new Scripted();
    const client = await world.open({ sampleRate: 0.25, flushAt: 1000 });
    for (let n = 0; n < 400; n++) {
      client.track('A', {}, { userId: `user-${n}` });
      client.track('B', {}, { userId: `user-${n}` });
    }
    await pass(2000);
    const users = new Set(events(world).map(({ userId }) => userId as string));
    expect(users.size).toBeGreaterThan(70);
    expect(users.size).toBeLessThan(130);
    expect(events(world).length).toBe(2 * users.size);
    expect([...users].every((user) => placeOf(user) < 0.25)).toBe(true);
    expect(events(world)[0]!.context).toMatchObject({ sample: { rate: 0.25, weight: 4 } });
    expect(world.server.gaps()).toBe(0);
    expect(client.stats().made).toBe(events(world).length);
  });

  it('spreads ids evenly, and never otherwise', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let n = 0; n < 10_000; n++) tenths[Math.floor(placeOf(`id-${n}`) * 10)]!++;
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(120);
    expect(placeOf('ada')).toBe(0.46172702638432384);
  });
});

describe('double clicks', () => {
  it('are one event where that is wanted, and no gap', async () => {
    const world = new Scripted();
    const client = await world.open({ dedupeWithin: 500 });
    client.track('Buy', { n: 1 });
    client.track('Buy', { n: 1 });
    client.track('Buy', { n: 2 });
    await pass(600);
    client.track('Buy', { n: 1 });
    await pass(2000);
    expect(events(world).map(({ properties }) => (properties as { n: number }).n)).toEqual([1, 2, 1]);
    expect(client.stats().made).toBe(3);
  });

  it('are not acts to which somebody gave different ids', async () => {
    const world = new Scripted();
    const client = await world.open({ dedupeWithin: 500 });
    for (const messageId of ['a', 'b', 'b']) client.track('Buy', {}, { messageId });
    await pass(2000);
    expect([...world.server.events.keys()]).toEqual(['a', 'b']);
    expect(client.stats().made).toBe(2);
  });

  it('are two where it is not', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.track('Buy');
    client.track('Buy');
    await pass(2000);
    expect(events(world).length).toBe(2);
  });
});
