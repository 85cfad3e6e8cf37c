// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Answer, Row } from '../api/types';
import { emptyText, finerText, leftText, notesOf } from './panel';

const ROW: Row = { start: '2026-11-27T00:00:00Z', end: '2026-11-28T00:00:00Z', group: { item: 'a' }, values: { count: 1 }, state: 'open', revision: 0 };

function answer(rows: number, fields: Partial<Answer> = {}): Answer {
  return { view: 'v', ranges: [], rows: Array.from({ length: rows }, () => ROW), corrections: 0, watermark: null, complete_until: null, complete_from: null, ...fields };
}

describe('the notes of a panel', () => {
  it('say of a rank how many groups there are', () => {
    expect(notesOf(answer(20, { matched: 1_000_000 }), 'count')).toEqual(['The first 20 of 1,000,000 groups.']);
    expect(notesOf(answer(20, { matched: 20 }), 'count')).toEqual([]);
  });
  it('say of the first rows that they are not all, and do not call the others smaller', () => {
    expect(notesOf(answer(10_000, { next: 'c' }), 'count')).toEqual([expect.stringMatching(/^These are the first 10,000 rows, and there are more/)]);
    expect(leftText(9992, true)).toBe('9,992 groups of these rows are not drawn');
    expect(leftText(9992, false)).toBe('9,992 smaller groups are not drawn');
  });
  it('name the window that needs no adding up, where there is one', () => {
    const spec = { name: 'items', window: { tumbling: '1d' }, measures: { count: 'count' } };
    expect(finerText(spec, 'window=1mo')).toContain('items counts by day:');
    expect([finerText(spec, ''), finerText(spec, 'window=1d'), finerText({ ...spec, window: 'none' as const }, '')]).toEqual([null, null, null]);
  });
});

it('a panel without rows never says that nothing has arrived once something has', () => {
  const newest = { event_time: '2026-11-27T10:00:00Z', received_at: '2026-11-27T10:00:01Z' };
  expect(emptyText({ newest: null, watermark: null }, 'UTC')).toMatch(/^Nothing had arrived when this was asked for/);
  expect(emptyText({ newest: null, watermark: '2026-11-27T10:00:00Z' }, 'UTC')).toBe('What has arrived so far is not of what this view counts.');
  expect(emptyText({ newest, watermark: null }, 'UTC')).toMatch(/^The newest event is of 27 Nov, 10:00/);
});
