// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Keys } from '../api/requests';
import { keyChoice } from './setup_keys';

const KEYS: Keys = { write_keys: [], write_open: false, read_keys: [], admin_keys: [] };

it('is one of those that there are', () => {
  const choice = keyChoice({ ...KEYS, write_keys: [{ source: 'both', begins: '51ab' }, { source: 'web', begins: '3f9c', key: '3f9c0d1122' }, { source: 'ios', begins: '77aa', key: '77aa011122' }] });
  expect(choice.offered).toEqual([{ source: 'web', key: '3f9c0d1122' }, { source: 'ios', key: '77aa011122' }]);
  expect(choice.first).toBe('3f9c0d1122');
});

it('is the name of a source only where any key is', () => {
  expect(keyChoice({ ...KEYS, write_open: true })).toMatchObject({ offered: [], first: 'web' });
  expect(keyChoice(null)).toMatchObject({ offered: [], first: '' });
  expect(keyChoice({ ...KEYS, write_keys: [{ source: 'both', begins: '51ab' }] })).toMatchObject({ offered: [], first: '', hint: expect.stringContaining('not shown') });
});
