// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Gap, Gaps } from '../api/gaps';
import { droppedOf, missingInRows, notBelievedText, reasonsText, unnumberedText } from './gap_words';

const GAP: Gap = { source: 'web', missing_at_least: 0, missing_devices: 0, dropped: {}, open_tail: 0, open_tail_devices: 0, not_believed: { missing: 0, devices: 0, open_tail: 0, open_tail_devices: 0 }, unnumbered_devices: 0 };

it('says why clients gave up, the most first, also of a reason that is new', () => {
  expect(reasonsText({ too_old: 2, queue_full: 1000, opted_out: 0, constructor: 1 })).toBe('1,000 the queue was full, 2 too old, 1 constructor');
  expect(reasonsText({})).toBe('');
  expect(droppedOf({ dropped: { too_old: 2, queue_full: 3 } })).toBe(5);
});

it('says what is not believed, and which devices are not followed', () => {
  expect(notBelievedText(GAP)).toBe('');
  expect(notBelievedText({ not_believed: { missing: 7999, devices: 1, open_tail: 5000, open_tail_devices: 2 } })).toBe('of 1 device and 5,000 on the way, of 2 devices');
  expect(unnumberedText(GAP)).toBe('');
  expect(unnumberedText({ unnumbered_devices: 1 })).toBe('1 device numbers beyond 8192: nothing else is said of it.');
  expect(unnumberedText({ unnumbered_devices: 3 })).toContain('3 devices number beyond 8192');
});

it('keeps what is missing in the days shown apart from that of all days', () => {
  const rows = [{ ...GAP, day: '2026-11-27', missing_at_least: 3 }, { ...GAP, day: '2026-11-26', missing_at_least: 4 }, { ...GAP, source: 'ios', day: '2026-11-26', missing_at_least: 9 }];
  expect(missingInRows({ rows } as Pick<Gaps, 'rows'>, 'web')).toBe(7);
  expect(missingInRows({ rows } as Pick<Gaps, 'rows'>, 'tv')).toBe(0);
});
