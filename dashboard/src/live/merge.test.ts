// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Answer, Frame, Group, Row, ViewSpec } from '../api/types';
import { parseQuery } from '../panels/query';
import { addsUp, merge } from './merge';
import { applyFrame } from './window';

const SPEC: ViewSpec = { name: 'events_per_hour', window: { tumbling: '1h' }, group_by: ['source', 'event'], measures: { count: 'count', users: 'uniques(user)' } };
const T = (hour: number): string => `2026-11-27T${String(hour).padStart(2, '0')}:00:00.000Z`;
const row = (hour: number, group: Group, values: Row['values'], more: Partial<Row> = {}): Row => ({ start: T(hour), end: T(hour + 1), group, values, state: 'open', revision: 0, ...more });
const answer = (rows: Row[], more: Partial<Answer> = {}): Answer => ({
  view: 'events_per_hour', watermark: T(8), complete_until: T(8), complete_from: null, ranges: [{ from: T(7), to: null }], corrections: 0, rows, ...more,
});
const stream = (rows: Row[], other: Frame['other'] = [], from = T(8)) =>
  applyFrame(null, { view: 'v', watermark: T(9), complete_until: T(9), complete_from: null, rows, other, left: [], from, whole: true, interval_ms: 100 });
const web = (event: string): Group => ({ source: 'web', event });

describe('merge by time', () => {
  it('sums up what is counted, with the others, and leaves older windows', () => {
    const live = stream([row(8, web('A'), { count: 2, users: 1 }), row(8, web('B'), { count: 3, users: 1 })], [{ start: T(8), end: T(9), groups: 4, values: { count: 10 } }]);
    const { answer: now, isBehind } = merge(answer([row(7, {}, { count: 1 }), row(8, {}, { count: 1 })]), live, parseQuery('group_by=&measures=count'), SPEC);
    expect(now.rows.map(({ start, values }) => [start, values.count])).toEqual([[T(7), 1], [T(8), 15]]);
    expect(now.complete_until).toBe(T(9));
    expect(isBehind).toBe(false);
  });
  it('never sums up users of several groups', () => {
    const live = stream([row(8, web('A'), { count: 2, users: 1 }), row(8, web('B'), { count: 3, users: 1 })]);
    const { answer: now, isBehind } = merge(answer([row(8, {}, { users: 1 })]), live, parseQuery('group_by=&measures=users'), SPEC);
    expect(now.rows.map(({ values }) => values.users)).toEqual([1]);
    expect(isBehind).toBe(true);
  });
  it('takes users of the only group there is', () => {
    const live = stream([row(8, web('A'), { count: 2, users: 2 })]);
    const { answer: now, isBehind } = merge(answer([row(8, {}, { users: 1 })]), live, parseQuery('group_by=&measures=users'), SPEC);
    expect(now.rows[0]!.values.users).toBe(2);
    expect(isBehind).toBe(false);
  });
  it('keeps groups of some fields apart where all groups are shown', () => {
    const live = stream([row(8, web('A'), { count: 2 }), row(8, { source: 'ios', event: 'A' }, { count: 5 }), row(8, web('B'), { count: 1 })]);
    const query = parseQuery('group_by=source&measures=count');
    const { answer: now, isBehind } = merge(answer([]), live, query, SPEC);
    expect(now.rows.map(({ group, values }) => [group.source, values.count])).toEqual([['web', 3], ['ios', 5]]);
    expect(isBehind).toBe(false);
    const cut = merge(answer([]), stream([row(8, web('A'), { count: 2 })], [{ start: T(8), groups: 1, values: { count: 1 } }]), query, SPEC);
    expect(cut.isBehind).toBe(true);
  });
  it('takes nothing for fresher than it is', () => {
    const live = stream([row(8, web('A'), { count: 2, users: 1 }), row(8, web('B'), { count: 3, users: 1 })]);
    for (const [query, more] of [['group_by=&measures=users', {}], ['group_by=&window=1d', {}], ['group_by=event&order=-users', {}], ['group_by=', { next: 'c' }]] as const) {
      expect(merge(answer([], more), live, parseQuery(query), SPEC), query).toMatchObject({ isBehind: true, answer: { watermark: T(8), complete_until: T(8) } });
    }
  });
  it('asks again where windows are rolled up', () => {
    expect(merge(answer([]), stream([row(8, web('A'), { count: 2 })]), parseQuery('group_by=&window=1d'), SPEC).isBehind).toBe(true);
  });
  it('asks again where the view keeps groups together', () => {
    const live = stream([row(8, { source: 'web', event: null }, { count: 2 }, { other: true })]);
    expect(merge(answer([]), live, parseQuery('group_by=event&measures=count'), SPEC).isBehind).toBe(true);
  });
});

describe('merge of a rank', () => {
  const query = parseQuery('group_by=event&measures=count&order=-count&limit=2&window=1d');
  it('ranks anew where the stream has all of the range', () => {
    const live = stream([row(7, web('A'), { count: 2 }), row(8, web('A'), { count: 2 }), row(8, web('B'), { count: 7 }), row(8, web('C'), { count: 1 })], [], T(7));
    const { answer: now, isBehind } = merge(answer([row(0, { event: 'A' }, { count: 2 })]), live, query, SPEC);
    expect(now.rows.map(({ group, values }) => [group.event, values.count])).toEqual([['B', 7], ['A', 4]]);
    expect(now.matched).toBe(3);
    expect(isBehind).toBe(false);
  });
  it('asks again where it has not', () => {
    const old = answer([row(0, { event: 'A' }, { count: 2 })]);
    expect(merge(old, stream([row(8, web('A'), { count: 9 })], [], T(8)), query, SPEC)).toMatchObject({ isBehind: true, answer: { rows: old.rows } });
    expect(merge(old, stream([row(8, web('A'), { count: 9 })], [{ start: T(8), groups: 1, values: {} }], T(7)), query, SPEC).isBehind).toBe(true);
    expect(merge(old, stream([row(8, web('A'), { count: 9, users: 1 })], [], T(7)), parseQuery('group_by=event&measures=users&order=-users'), SPEC).isBehind).toBe(true);
  });
  it('does not make one row of several windows', () => {
    const old = answer([row(0, { event: 'A' }, { count: 2 }), row(8, { event: 'A' }, { count: 1 })]);
    expect(merge(old, stream([row(8, web('A'), { count: 9 })], [], T(7)), query, SPEC).isBehind).toBe(true);
  });
});

it('knows what adds up', () => {
  const spec = { ...SPEC, measures: { a: 'count', b: 'sum(properties.x)', c: 'avg(properties.x)', d: 'uniques(user)', e: 'quantile(properties.x, 0.5)' } };
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((measure) => addsUp(spec, measure))).toEqual([true, true, false, false, false, false]);
});
