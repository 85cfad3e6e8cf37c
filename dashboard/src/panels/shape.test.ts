// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ViewSpec } from '../api/types';
import { parseQuery } from './query';
import { parseRange, RANGES, windowsIn } from './range';
import { POINTS_MAX, shapedQuery, shapeOf } from './shape';
import { wholeQuery } from './use_answer';

const MINUTES: ViewSpec = { name: 'events_per_minute', window: { tumbling: '1m' }, group_by: ['source', 'event'], measures: { count: 'count' } };
const now = Date.parse('2026-11-27T21:46:30Z');
const windowFor = (range: string, query = 'group_by=', steps = 0, spec = MINUTES): string | null =>
  parseQuery(shapedQuery(spec, query, range, now, 'points', steps).query).window;

describe('a chart over time', () => {
  it('has no more windows than it has room for, whatever the range', () => {
    for (const range of [...RANGES.map(([value]) => value), '2026-11-21T21:00Z/', '2020-01-01T00:00Z/2026-01-01T00:00Z', '/2026-01-01T00:00Z', '/']) {
      const window = windowFor(range) ?? '1m';
      expect(windowsIn(parseRange(range, now, window)!, window, now), range).toBeLessThanOrEqual(POINTS_MAX);
    }
  });
  it('has the windows of the view where these are few', () => {
    expect(windowFor('6h')).toBeNull();
    expect(shapedQuery(MINUTES, 'limit=&group_by=', '6h', now, 'points').query).toBe('limit=&group_by=');
  });
  it('has longer ones where they are many', () => {
    expect(['24h', '7d', '30d', '365d'].map((range) => windowFor(range))).toEqual(['5m', '15m', '1h', '1d']);
    expect(windowFor('7d', 'group_by=&window=5m')).toBe('15m');
    expect(windowFor('24h', 'group_by=&window=1h')).toBe('1h');
  });
  it('has still longer ones where their rows are too many, as long as it is a chart', () => {
    expect([0, 1, 2].map((steps) => windowFor('24h', 'group_by=event', steps))).toEqual(['5m', '15m', '1h']);
    expect([0, 1, 2].map((steps) => shapedQuery(MINUTES, 'group_by=event', '24h', now, 'points', steps).canStep)).toEqual([true, true, false]);
    expect(shapedQuery(MINUTES, 'group_by=event&limit=9', '24h', now, 'points').canStep).toBe(false);
  });
  it('keeps windows that cannot be rolled up, ranks, tables and what is no length', () => {
    expect(windowFor('7d', '', 0, { ...MINUTES, window: { hopping: '5m', advance: '1m' } })).toBeNull();
    expect(windowFor('90d', '', 0, { ...MINUTES, window: { tumbling: '1m', zone: 'Asia/Kathmandu' } })).toBeNull();
    expect(windowFor('7d', 'order=-count')).toBeNull();
    expect(windowFor('7d', 'window=foo')).toBe('foo');
    expect(shapedQuery(MINUTES, '', '7d', now, 'rows').query).toBe('');
    expect(shapedQuery(MINUTES, '', 'foo', now, 'points').query).toBe('');
  });
});

describe('a number', () => {
  const from = (query: string, range: string): string | null => new URLSearchParams(wholeQuery(MINUTES, query, range, now, 'newest')).get('from');
  it('asks for the newest windows of its range alone', () => {
    expect(from('', '24h')).toBe('2026-11-27T21:36:30.000Z');
    expect(from('window=1h', '24h')).toBe('2026-11-27T19:46:30.000Z');
    expect(from('', '2026-11-01T00:00Z/2026-11-02T00:00Z')).toBe('2026-11-01T23:50:00.000Z');
    expect(from('', '2026-11-01T00:00Z/2026-11-01T00:01Z')).toBe('2026-11-01T00:00:00.000Z');
  });
});

it('follows from the kind of a chart', () => {
  expect((['line', 'area', 'bar', 'table', 'number'] as const).map(shapeOf)).toEqual(['points', 'points', 'points', 'rows', 'newest']);
});
