// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, it, vi } from 'vitest';
import { readRows } from './requests';

afterEach(() => { vi.unstubAllGlobals(); });

it('rows are read on while a page is empty', async () => {
  const asked: string[] = [];
  const pages = [{ rows: [], next: 'a=' }, { rows: [], next: 'b' }, { rows: [{}], next: 'c' }];
  vi.stubGlobal('fetch', (path: string) => {
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify(pages[asked.length - 1])));
  });
  expect(await readRows('v', 'from=1')).toEqual({ rows: [{}], next: 'c' });
  expect(asked).toEqual(['/api/views/v?from=1', '/api/views/v?from=1&cursor=a%3D', '/api/views/v?from=1&cursor=b']);
});
