// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Answer, Row } from '../api/types';
import { alone, chartOf, groupName, splitOpen, stacked } from './series';

const T = (hour: number): string => `2026-11-27T${String(hour).padStart(2, '0')}:00:00.000Z`;
const row = (hour: number, event: string | null, count: number, more: Partial<Row> = {}): Row => ({ start: T(hour), end: T(hour + 1), group: { event }, values: { count }, state: 'open', revision: 0, ...more });
const answer = (rows: Row[], from = T(7), completeUntil: string | null = T(9)): Answer => ({ view: 'v', watermark: T(9), complete_until: completeUntil, complete_from: null, ranges: [{ from, to: null }], corrections: 0, rows });
const options = { measure: 'count', window: '1h', isRegular: true, empty: 0, now: Date.parse(T(9)) + 60_000 };

it('has a window without rows, and says from which one on they are not final', () => {
  const chart = chartOf(answer([row(7, 'A', 5), row(9, 'A', 1)]), options);
  expect(chart.times).toEqual([7, 8, 9].map((hour) => Date.parse(T(hour)) / 1000));
  expect(chart.series).toEqual([{ name: 'A', values: [5, 0, 1] }]);
  expect(chart.openFrom).toBe(2);
});

it('does not make up a value where nothing is known', () => {
  expect(chartOf(answer([row(7, 'A', 5), row(9, 'A', 1)]), { ...options, empty: null }).series[0]!.values).toEqual([5, null, 1]);
  expect(chartOf(answer([row(7, 'A', 5), row(9, 'A', 1)]), { ...options, isRegular: false }).times).toHaveLength(2);
});

it('draws nothing where rows may be missing, as the answer is cut', () => {
  const cut = chartOf({ ...answer([row(5, 'A', 5), row(6, 'B', 4), row(7, 'A', 1)], T(5)), next: 'c' }, options);
  expect(cut.times).toHaveLength(5);
  expect(cut.series).toEqual([{ name: 'A', values: [5, 0, 1, null, null] }, { name: 'B', values: [0, 4, null, null, null] }]);
  expect(cut.cutFrom).toBe(2);
  expect(chartOf(answer([row(7, 'A', 5)]), options).cutFrom).toBe(3);
});

it('goes up to now, and leaves windows without rows out rather than the newest', () => {
  const now = Date.parse(T(9)) + 60_000;
  const all = chartOf(answer([row(9, 'A', 1)], '2026-11-24T12:00:00.000Z'), { ...options, window: '1m', now });
  expect(all.times).toHaveLength(69 * 60 + 2);
  expect(chartOf(answer([row(8, 'A', 1), row(9, 'A', 1)], '2026-11-01T00:00:00.000Z'), { ...options, window: '1m', now }).times).toEqual([8, 9].map((hour) => Date.parse(T(hour)) / 1000));
});

it('of all that there ever was begins with its first row', () => {
  expect(chartOf(answer([row(8, 'A', 1)], '1970-01-01T00:00:00.000Z'), options).times).toHaveLength(2);
});

it('takes nothing for final before anything is', () => {
  expect(chartOf(answer([row(7, 'A', 5)], T(7), null), options).openFrom).toBe(0);
  expect(chartOf(answer([row(7, 'A', 5)], T(7), T(23)), options).openFrom).toBe(3);
});

it('draws the greatest groups and counts those that it does not', () => {
  const chart = chartOf(answer(Array.from({ length: 11 }, (_, n) => row(8, `E${n}`, n))), options);
  expect(chart.series.map(({ name }) => name)).toEqual(['E10', 'E9', 'E8', 'E7', 'E6', 'E5', 'E4', 'E3']);
  expect(chart.left).toBe(3);
});

it('names groups, also those without a value', () => {
  expect(groupName({ source: 'web', path: null, x: '', n: 3 })).toBe('web · (none) · (empty) · 3');
  expect(groupName({})).toBe('all');
});

it('goes on from the last final window without a gap', () => {
  expect(splitOpen([1, 2, 3, 4], 2)).toEqual([[1, 2, null, null], [null, 2, 3, 4]]);
  expect(splitOpen([1, 2], 2)).toEqual([[1, 2], [null, 2]]);
});

it('finds the values that no line shows', () => {
  expect(alone([null, null, 7])).toEqual([2]);
  expect(alone([1, null, 0, undefined, 3, 4])).toEqual([0, 2]);
  expect(alone([5])).toEqual([0]);
  expect(alone([1, 2, null])).toEqual([]);
});

it('stands series on each other, the tallest first', () => {
  expect(stacked([{ name: 'a', values: [1, 2] }, { name: 'b', values: [10, null] }])).toEqual([
    { name: 'a', values: [11, 2], index: 0 },
    { name: 'b', values: [10, null], index: 1 },
  ]);
});
