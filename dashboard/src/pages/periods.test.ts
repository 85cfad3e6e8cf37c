// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Answer, View } from '../api/types';
import { listsOf } from './overview_lists';
import { compare, periodOf, rangeBefore, rangeOf } from './periods';

const at = (text: string): number => Date.parse(text);
const now = at('2026-11-27T10:30:00Z');
const answer = (counts: Record<string, number>, completeUntil: string): Answer => ({
  view: 'v', watermark: completeUntil, complete_until: completeUntil, complete_from: null, ranges: [], corrections: 0,
  rows: Object.entries(counts).map(([start, count]) => ({ start, end: start, group: {}, values: { count }, state: 'open', revision: 0 })),
});

describe('a period', () => {
  it('is the present one unless another is asked for', () => {
    expect(periodOf(null, null, now)).toMatchObject({ name: 'day', start: at('2026-11-27T00:00Z'), before: at('2026-11-26T00:00Z'), isPresent: true });
    expect(periodOf('month', '2026-02-14', now)).toMatchObject({ start: at('2026-02-01T00:00Z'), end: at('2026-03-01T00:00Z'), before: at('2026-01-01T00:00Z'), isPresent: false });
    expect(periodOf('decade', 'soon', now)).toMatchObject({ name: 'day', isPresent: true });
    expect(periodOf('constructor', '-271821-04-20T00:00Z', now)).toMatchObject({ name: 'day', isPresent: true });
    for (const at of ['0001-01-01T00:00Z', '-271821-04-20T00:00Z', '+012026-01-01']) expect(() => [rangeOf, rangeBefore].map((range) => range(periodOf('month', at, now)))).not.toThrow();
    expect(periodOf('day', '2030-01-01', now)).toMatchObject({ start: at('2026-11-27T00:00Z') });
  });
  it('is open as long as it is the present one', () => {
    expect(rangeOf(periodOf('day', null, now))).toBe('2026-11-27T00:00:00.000Z/');
    expect(rangeOf(periodOf('day', '2026-11-20', now))).toBe('2026-11-20T00:00:00.000Z/2026-11-21T00:00:00.000Z');
    expect(rangeBefore(periodOf('day', null, now))).toBe('2026-11-26T00:00:00.000Z/2026-11-27T00:00:00.000Z');
  });
});

describe('a comparison', () => {
  const period = periodOf('day', null, now);
  const compared = compare(period,
    answer({ '2026-11-27T09:00:00.000Z': 20, '2026-11-27T10:00:00.000Z': 5 }, '2026-11-27T10:00:00.000Z'),
    answer({ '2026-11-26T09:00:00.000Z': 10, '2026-11-26T10:00:00.000Z': 40, '2026-11-26T22:00:00.000Z': 100 }, '2026-11-27T10:00:00.000Z'), 'count', now);
  it('is of the windows that are over in both', () => {
    expect(compared).toMatchObject({ total: 25, totalBefore: 150, comparable: 20, comparableBefore: 10, until: at('2026-11-27T10:00Z') });
  });
  it('shows nothing of the time to come, and all of the day before', () => {
    expect(compared.chart.series[0]!.values.slice(8, 12)).toEqual([0, 20, 5, null]);
    expect(compared.before.slice(8, 12)).toEqual([0, 10, 40, 0]);
    expect(compared.before[22]).toBe(100);
    expect(compared.chart.openFrom).toBe(10);
  });
  it('draws nothing of what has not come yet', () => {
    const unknown = compare(period, null, null, 'count', now);
    expect(unknown.chart.series[0]!.values.every((value) => value === null)).toBe(true);
    expect(unknown.before.every((value) => value === null)).toBe(true);
  });
});

describe('lists', () => {
  const view = (name: string, window: string, fields: string[], measures: Record<string, string> = { count: 'count' }): View => ({
    name, origin: 'built_in', state: 'live', progress: null, spec: { name, window: { tumbling: window }, group_by: fields, measures } });
  const all = [view('pages_per_hour', '1h', ['source', 'context.page.path']), view('referrers_per_day', '1d', ['source', 'context.page.referrer'])];
  it('are of views that roll up to the period', () => {
    expect(listsOf(all, periodOf('day', null, now)).map(({ title }) => title)).toEqual(['Top pages', 'Referrers']);
    expect(listsOf(all, periodOf('hour', null, now)).map(({ title }) => title)).toEqual(['Top pages']);
    expect(listsOf([], periodOf('day', null, now))).toEqual([]);
  });
  it('come by themselves when a view groups by a country or a device', () => {
    const found = listsOf([...all, view('places', '1h', ['context.geo.country'], { visits: 'count' }), view('devices', '1d', ['context.device.type'])], periodOf('week', null, now));
    expect(found.map(({ title, measure }) => [title, measure])).toEqual([['Top pages', 'count'], ['Referrers', 'count'], ['Countries', 'visits'], ['Devices', 'count']]);
  });
});
