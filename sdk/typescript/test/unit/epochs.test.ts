// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Epoch } from '../../src/core/epoch';
import { limitsOf } from '../../src/core/options';
import { FakeStorage } from './browser_world';
import { pass, Scripted } from './scripted';

afterEach(() => { vi.useRealTimers(); });

describe('numbers', () => {
  it('go on over page loads, in one epoch', async () => {
    const world = new Scripted();
    for (const name of 'ABC') {
      const client = await world.open();
      client.track(name);
      await pass(2000);
      world.page.end();
    }
    expect(world.server.epochs.size).toBe(1);
    expect([...world.server.epochs.values()][0]!.arrived.size).toBe(3);
  });

  it('go on after a crash', async () => {
    const world = new Scripted();
    for (const name of 'AB') {
      const client = await world.open();
      client.track(name);
      world.page.crash();
    }
    await world.open();
    await pass(2000);
    expect([...world.server.events.values()].map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(world.server.epochs.size).toBe(1);
  });

  it('are of an epoch per tab that is open at once, and no more', async () => {
    const world = new Scripted();
    for (let round = 0; round < 3; round++) {
      const pages = [0, 1, 2].map(() => world.browser.open());
      await pass(500);
      for (const { client } of pages) client.track('Clicked');
      await pass(2000);
      pages.forEach((page) => page.end());
    }
    expect(world.server.epochs.size).toBe(3);
    expect(world.server.events.size).toBe(9);
    expect(world.server.gaps()).toBe(0);
  });

  it('begin anew before the server takes no more', async () => {
    const world = new Scripted();
    const client = await world.open({ epochNumbers: 3 });
    for (const name of 'ABCDEFGH') client.track(name);
    await pass(5000);
    expect([...world.server.epochs.values()].map(({ made }) => made)).toEqual([3, 3, 2]);
    expect(world.server.events.size).toBe(8);
  });

  it('begin anew by default before the server takes no more', () => {
    expect(limitsOf({ writeKey: 'web' }).epochNumbers).toBe(8000); // It takes 8192 (docs/formats/numbers.md).
  });

  it('begin anew for another person, under another id', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.identify('ada');
    client.reset();
    client.track('A');
    await pass(5000);
    const [first, second] = [...world.server.events.values()];
    expect(second!.anonymousId).not.toBe(first!.anonymousId);
    expect(second!.userId).toBeUndefined();
    expect([...world.server.epochs.values()].map(({ made, device }) => [made, device]))
      .toEqual([[1, first!.anonymousId], [1, second!.anonymousId]]);
  });

  it('of events that waited are of the person that they belong to', async () => {
    const world = new Scripted();
    const { client } = world.browser.open();
    client.track('Before');
    client.reset();
    client.track('After');
    await pass(70_000);
    for (const { device, arrived } of world.server.epochs.values()) {
      for (const id of arrived.values()) expect(world.server.events.get(id)!.anonymousId).toBe(device);
    }
    expect(world.names().sort()).toEqual(['After', 'Before']);
  });
});

describe('what waited for a number when somebody else came', () => {
  it.each([['with Web Locks', true], ['without', false]])('is sent by its own page, and soon, %s', async (_, locks) => {
    const world = new Scripted(locks);
    const { client } = world.browser.open();
    client.track('Before');
    client.reset();
    expect(client.stats().queued).toBe(1);
    await pass(2000);
    expect(world.names()).toEqual(['Before']);
    expect(client.stats().queued).toBe(0);
    expect([...world.browser.local.texts.keys()].filter((key) => key.includes('.e.')).length).toBeLessThanOrEqual(1);
    if (locks) expect([...world.browser.locks!.held.keys()].length).toBeLessThanOrEqual(1);
  });

  it('is followed by what they do', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.reset();
    client.track('After');
    expect(client.stats().queued).toBe(1);
    await pass(2000);
    expect(world.names()).toEqual(['After']);
  });
});

describe('what a tab that crashed left behind', () => {
  it.each([['with Web Locks', true], ['without', false]])('is sent by one that is still open, %s', async (_, locks) => {
    const world = new Scripted(locks);
    const other = world.browser.open();
    const client = await world.open();
    client.track('A');
    world.page.crash();
    await pass(200_000);
    expect(world.names()).toEqual(['A']);
    expect(other.client.stats().queued).toBe(0);
  });

  it('is left to its owner while it lives', async () => {
    const world = new Scripted();
    world.answers = Array.from({ length: 3 }, () => ({ status: 503, retryAfter: 100_000 }));
    const client = await world.open();
    client.track('A');
    await pass(1000);
    world.browser.open();
    await pass(90_000);
    expect(world.bodies.length).toBe(1);
  });
});

describe('without Web Locks', () => {
  it('a reload goes on with its epoch, a duplicated tab does not', async () => {
    const world = new Scripted(false);
    const session = new FakeStorage();
    const first = world.browser.open(session);
    await pass(10);
    first.client.track('A');
    await pass(2000);
    first.end();
    const copy = new FakeStorage(session);  // Duplicated while it shows another site.
    const second = world.browser.open(session);
    const third = world.browser.open(copy);
    await pass(10);
    second.client.track('B');
    third.client.track('C');
    await pass(2000);
    expect([...world.server.epochs.values()].map(({ made }) => made)).toEqual([2, 1]);
    expect(world.server.complaints).toEqual([]);
  });

  it('what another page wrote meanwhile is not taken away', async () => {
    const world = new Scripted(false);
    const client = await world.open();
    client.track('A');
    const send = world.send.bind(world);
    world.send = async () => ({ status: 0 });
    await pass(1000);
    vi.setSystemTime(Date.now() + 120_000);  // It looks dead, and is frozen only.
    let answer!: () => void;
    world.send = (body) => new Promise((done) => { answer = () => done(send(body)); });
    world.browser.open();
    await pass(2000);
    client.track('B');
    world.page.crash();
    world.send = send;
    answer();
    await pass(200_000);
    expect(world.names()).toContain('B');
  });
});

describe('room', () => {
  it('where there is too little, the oldest are stored, and the count of numbers in any case', async () => {
    const world = new Scripted();
    const client = await world.open({ flushInterval: 60_000, flushAt: 1000 });
    world.browser.local.bytesMax = 2500;
    for (let n = 0; n < 20; n++) client.track('Clicked', { n });
    expect(client.stats().unstored).toBeGreaterThan(0);
    expect(world.browser.warnings).toEqual([]);
    const made = client.stats().made;
    world.page.crash();
    world.browser.local.bytesMax = Infinity;
    const next = await world.open();
    next.track('Next');
    await pass(5000);
    expect(made).toBe(20);
    expect([...world.server.events.values()].at(-1)).toMatchObject({ event: 'Next', sequence: 21 });
    expect(world.server.complaints).toEqual([]);
  });

  it('where there is none at all, no number is given a second time', async () => {
    const world = new Scripted();
    const client = await world.open();
    client.track('A');
    await pass(2000);
    world.browser.local.bytesMax = 0;
    client.track('B');
    await pass(2000);
    world.page.crash();
    world.browser.local.bytesMax = Infinity;
    const next = await world.open();
    next.track('C');
    await pass(2000);
    expect(world.names()).toEqual(['A', 'B', 'C']);
    expect(world.server.complaints).toEqual([]);
    expect(world.server.epochs.size).toBe(2);
  });
});

describe('the stored text', () => {
  it('gives back what it was made of', () => {
    const epoch = new Epoch('e', 'd');
    epoch.add('{"event":"A\\n b  c"}', 5);
    epoch.add('{"event":"B"}', 6);
    epoch.drop('too_old', ({ n }) => n === 2);
    expect(Epoch.parse('e', epoch.text())).toEqual(epoch);
    expect(epoch.queue[0]!.json).toBe('{"event":"A\\n b  c","sequence":1}');
  });

  it.each([[null], [''], ['{'], ['{}'], ['[]'], ['null'], ['{"made":"x"}']])('that is none of ours is nothing: %s', (text) => {
    expect(Epoch.parse('e', text)).toBeUndefined();
  });

  it('that somebody damaged does not stop tracking', async () => {
    const world = new Scripted();
    world.browser.local.setItem('hapax.web.e.x', '{"made":');
    world.browser.local.setItem('hapax.web.id', '"');
    const client = await world.open();
    client.track('A');
    await pass(2000);
    expect(world.names()).toEqual(['A']);
  });
});
