// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';
import { incompleteText, refusalText } from '../pages/gaps';
import type { ApiError } from './client';
import { readGapDevices } from './gaps';

afterEach(() => { vi.unstubAllGlobals(); });

describe('losses', () => {
  it('of devices are read on while a page is empty', async () => {
    const asked: string[] = [];
    const pages = [{ devices: [], next: 'a' }, { devices: [], next: 'b' }, { devices: [{ device: 'tab' }], next: 'c' }];
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(path);
      return Promise.resolve(new Response(JSON.stringify(pages[asked.length - 1])));
    });
    expect(await readGapDevices('my web', '2026-11-27')).toEqual({ devices: [{ device: 'tab' }], next: 'c' });
    const path = '/api/gaps/devices?source=my%20web&day=2026-11-27';
    expect(asked).toEqual([path, `${path}&cursor=a`, `${path}&cursor=b`]);
  });
  it('say why numbers that came pass for missing', () => {
    expect(incompleteText({ complete: true, behind_records: 7 })).toBe('');
    expect(incompleteText({ complete: false, behind_records: 7 })).toContain('7 records are not read yet');
    expect(incompleteText({ complete: false, behind_records: 0 })).toContain('dropped its beginning');
  });
  it('say in words that devices are not for everybody to see', async () => {
    const answers = [{ status: 403, code: 'not_allowed' }, { status: 403, code: 'source_not_allowed' }, { status: 503, code: 'overloaded' }];
    const texts = [];
    for (const { status, code } of answers) {
      vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ code, message: 'no' }), { status })));
      texts.push(refusalText(await readGapDevices('web', '2026-11-27').then(() => expect.fail(), (error: ApiError) => error)));
    }
    expect(texts).toEqual([expect.stringContaining('a right of its own'), expect.stringContaining('some sources only'), null]);
  });
});
