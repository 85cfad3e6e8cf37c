// SPDX-License-Identifier: Apache-2.0
// What a page gives the SDK: a storage, and calls.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pageStore, WebStore } from '../../src/browser/store';
import { FakeStorage } from './browser_world';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

describe('the store of a page', () => {
  it('is the stored one when that is full: whose browser it is was written before', () => {
    const storage = new FakeStorage();
    storage.setItem('hapax.web.id', 'known');
    storage.bytesMax = 0;
    vi.stubGlobal('localStorage', storage);
    const store = pageStore();
    expect(store.get('hapax.web.id')).toBe('known');
    expect(store.set('other', 'text')).toBe(false);
  });

  it('is in memory where there is none', () => {
    vi.stubGlobal('localStorage', undefined);
    const store = pageStore();
    expect(store.set('key', 'text')).toBe(true);
    expect(store.get('key')).toBe('text');
  });

  it('throws nothing when it is taken back', () => {
    const deny = () => { throw new DOMException('denied', 'SecurityError'); };
    const store = new WebStore(new Proxy({}, { get: deny, ownKeys: deny }) as Storage);
    expect(store.get('key')).toBeNull();
    expect(store.set('key', 'text')).toBe(false);
    expect(store.keys()).toEqual([]);
    store.remove('key');
  });
});

describe('the script', () => {
  it('says which calls are none, makes the others, and lets the page go on', async () => {
    vi.useFakeTimers();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const page = { hapax: [['unknown'], ['track', 'Before'], null] as unknown };
    vi.stubGlobal('window', page);
    vi.stubGlobal('location', new URL('http://site/'));
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('localStorage', new FakeStorage());
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('document', {
      currentScript: { src: 'http://hapax/sdk.js', dataset: { writeKey: 'web' } }, addEventListener: () => {},
    });
    await import('../../src/browser/script');
    const hapax = page.hapax as import('../../src/browser/script').Hapax;
    hapax.push(['nothing'] as never);
    hapax.push(['track', 'After']);
    expect(hapax.stats!().queued).toBe(2);
    expect(warn).toHaveBeenCalledTimes(3);
    expect(warn.mock.calls[0]![0]).toContain('hapax: no such call');
    vi.useRealTimers();
  });
});
