// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Frame, Row } from '../api/types';
import { applyFrame, wholeFrame } from './window';

const T = (hour: number): string => `2026-11-27T${String(hour).padStart(2, '0')}:00:00.000Z`;
const row = (hour: number, event: string, count: number): Row => ({
  start: T(hour), end: T(hour + 1), group: { source: 'web', event }, values: { count }, state: 'open', revision: 0,
});
const frame = (more: Partial<Frame>): Frame => ({
  view: 'v', watermark: T(9), complete_until: T(9), complete_from: null, rows: [], other: [], left: [], from: T(8), whole: false, interval_ms: 100, ...more,
});
const counts = (state: ReturnType<typeof applyFrame>): unknown[] => [...state.rows.values()].map(({ start, group, values }) => [start, group.event, values.count]);

it('replaces rows by window and group, forgets those that left and windows that are over', () => {
  let state = applyFrame(null, frame({ whole: true, rows: [row(8, 'A', 1), row(8, 'B', 2), row(9, 'A', 3)], other: [{ start: T(8), groups: 2, values: { count: 5 } }] }));
  state = applyFrame(state, frame({ rows: [row(9, 'A', 4)], left: [{ start: T(8), group: { source: 'web', event: 'B' } }], other: [{ start: T(8), groups: 0, values: {} }] }));
  expect(counts(state)).toEqual([[T(8), 'A', 1], [T(9), 'A', 4]]);
  expect(state.others.size).toBe(0);
  state = applyFrame(state, frame({ from: T(9), rows: [row(10, 'A', 1)] }));
  expect(counts(state)).toEqual([[T(9), 'A', 4], [T(10), 'A', 1]]);
});

it('takes a whole frame in place of all', () => {
  const state = applyFrame(applyFrame(null, frame({ whole: true, rows: [row(8, 'A', 1)] })), frame({ whole: true, rows: [row(9, 'C', 7)] }));
  expect(counts(state)).toEqual([[T(9), 'C', 7]]);
});

it('says all of it in one frame for who comes later', () => {
  const state = applyFrame(null, frame({ whole: true, rows: [row(8, 'A', 1), row(9, 'B', 2)], other: [{ start: T(9), groups: 1, values: { count: 9 } }] }));
  expect(applyFrame(null, wholeFrame(state))).toEqual(state);
});
