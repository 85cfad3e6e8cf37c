// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ViewSpec } from '../api/types';
import { fitting, formatQuery, liveQuery, parseQuery } from './query';
import { parseRange, rangeFault, rangeParams, windowsIn } from './range';
import { wholeQuery } from './use_answer';

const SPEC: ViewSpec = { name: 'v', window: { tumbling: '1h' }, group_by: ['source', 'context.page.path'], measures: { count: 'count' } };

describe('a query', () => {
  it('is what it was after reading and writing', () => {
    const text = 'group_by=context.page.path&measures=count&source=a%26b&group.context.page.path=%2Fx%3Fy&window=1d&order=-count&limit=10';
    expect(formatQuery(parseQuery(text))).toBe(text);
    expect(parseQuery(text).filters).toEqual([['source', 'a&b'], ['context.page.path', '/x?y']]);
  });
  it('tells no grouping from that of the view', () => {
    expect(parseQuery('group_by=').groupBy).toEqual([]);
    expect(parseQuery('').groupBy).toBeNull();
    expect(formatQuery(parseQuery('group_by='))).toBe('group_by=');
  });
  it('leaves out what another view does not have', () => {
    const query = fitting(parseQuery('group_by=event,source&measures=x,count&event=A&source=web'), SPEC);
    expect(formatQuery(query)).toBe('group_by=source&measures=count&source=web');
  });
  it('has a live stream with the same filters', () => {
    expect(liveQuery(parseQuery('group_by=&measures=count&source=web&order=-count'), 24)).toBe('source=web&measures=count&windows=24&top=100');
  });
});

describe('a range', () => {
  const now = Date.parse('2026-11-27T17:35:42Z');
  it('is of whole windows, the present one the last', () => {
    expect(rangeParams(parseRange('24h', now, '1h')!)).toBe('from=2026-11-26T18%3A00%3A00.000Z');
    expect(rangeParams(parseRange('7d', now, '1d')!)).toBe('from=2026-11-21T00%3A00%3A00.000Z');
    expect(parseRange('1h', now, '1d')).toEqual({ from: Date.parse('2026-11-27T00:00:00Z'), to: null });
  });
  it('may be from one time to another', () => {
    expect(parseRange('2026-11-01T00:00Z/2026-11-02T00:00Z', now, '1h')).toEqual({ from: Date.parse('2026-11-01T00:00Z'), to: Date.parse('2026-11-02T00:00Z') });
    expect(parseRange('2026-11-01T00:00Z/', now, '1h')!.to).toBeNull();
    expect(parseRange('x/y', now, '1h')).toBeNull();
    expect(parseRange('whenever', now, '1h')).toBeNull();
  });
  it('that is none is said to be none, and never a time that cannot be written', () => {
    for (const text of ['foo', 'x/y', '2026-11-01T00:00Z/x', '12026-11-27T10:00Z/', '-271821-04-20T00:00Z/', '+275760-09-13T00:00Z/', 'a/b/c', '0d', '999999999999d', '200000d', 'constructor']) {
      expect(parseRange(text, now, '1h'), text).toBeNull();
      expect(rangeFault(text), text).toContain(`“${text}” is no time`);
      expect(() => wholeQuery(SPEC, '', text, now), text).not.toThrow();
    }
    for (const text of ['', '24h', '/', '2026-11-01T00:00Z/', '/2026-11-01T00:00Z']) expect(rangeFault(text), text).toBeNull();
  });
  it('is there whatever the window, for the API to say what is wrong with that', () => {
    for (const window of ['foo', '0m', '99999999999999999d', '1000000000000000ms', '500y', '-1h']) {
      for (const shape of ['points', 'newest', 'rows'] as const) {
        for (const range of ['24h', '2026-11-01T00:00Z/', '/']) {
          expect(wholeQuery(SPEC, `window=${window}`, range, now, shape), window).toContain(`window=${window}`);
        }
      }
    }
  });
  it('has as many windows as the stream has to show', () => {
    expect(windowsIn(parseRange('24h', now, '1h')!, '1h', now)).toBe(24);
    expect(windowsIn({ from: now - 1000, to: null }, '1h', now)).toBe(1);
  });
  it('is a part of the whole query, with all rows', () => {
    expect(wholeQuery(SPEC, 'group_by=', '24h', now)).toBe('group_by=&limit=10000&from=2026-11-26T18%3A00%3A00.000Z');
    expect(wholeQuery({ ...SPEC, window: 'none' }, 'limit=5', '24h', now)).toBe('limit=5');
  });
});
