// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Answer, Row } from '../api/types';
import { newestOf, type NewestOptions } from './big_number';

const T = (hour: number): string => `2026-11-27T${String(hour).padStart(2, '0')}:00:00.000Z`;
const row = (hour: number, count: number, more: Partial<Row> = {}): Row => ({ start: T(hour), end: T(hour + 1), group: {}, values: { count }, state: 'open', revision: 0, ...more });
const answer = (rows: Row[], more: Partial<Answer> = {}): Answer => ({ view: 'v', watermark: T(9), complete_until: T(9), complete_from: null, ranges: [{ from: T(7), to: null }], corrections: 0, rows, ...more });
const options: NewestOptions = { measure: 'count', window: '1h', isRegular: true, empty: 0, now: Date.parse(T(9)) + 60_000 };

it('is that of the present window', () => {
  expect(newestOf(answer([row(8, 7), row(9, 3, { current: true })]), options)).toEqual({ value: 3, rows: 1, start: Date.parse(T(9)), isPresent: true, isCut: false });
});

it('is never that of an older window where the present one has no rows', () => {
  expect(newestOf(answer([row(8, 7)]), options)).toMatchObject({ value: 0, start: Date.parse(T(9)), isPresent: true });
  expect(newestOf(answer([row(8, 7)]), { ...options, empty: null })).toMatchObject({ value: null, rows: 0 });
  expect(newestOf(answer([]), options)).toMatchObject({ value: 0, start: Date.parse(T(9)) });
});

it('is neither of a window beyond the present one, nor of one that our clock makes up', () => {
  const rows = [row(8, 7, { current: true }), row(9, 1), row(23, 2)];
  expect(newestOf(answer(rows), options)).toMatchObject({ value: 7, start: Date.parse(T(8)), isPresent: true });
  expect(newestOf(answer([row(23, 2)]), options)).toMatchObject({ value: 0, start: Date.parse(T(9)), isPresent: true });
});

it('is of the last window of a range that ends', () => {
  expect(newestOf(answer([row(6, 1), row(7, 2)], { ranges: [{ from: T(6), to: T(8) }] }), options)).toMatchObject({ value: 2, start: Date.parse(T(7)), isPresent: false });
});

it('of windows that are not regular says which one it is', () => {
  expect(newestOf(answer([row(5, 1), row(6, 2)]), { ...options, isRegular: false })).toMatchObject({ value: 2, start: Date.parse(T(6)), isPresent: false });
});

it('is not known where rows are missing', () => {
  expect(newestOf(answer([row(8, 7)], { next: 'c' }), options)).toMatchObject({ value: null, isCut: true });
});

it('is none of several groups, and one of all of time', () => {
  expect(newestOf(answer([row(9, 1), row(9, 2)]), options)).toMatchObject({ value: null, rows: 2 });
  const { start: _, end: __, ...whole } = row(0, 12);
  expect(newestOf(answer([whole], { ranges: [{ from: null, to: null }] }), { ...options, window: null })).toMatchObject({ value: 12, start: null, isPresent: false });
});
