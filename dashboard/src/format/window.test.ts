// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ViewSpec } from '../api/types';
import { ago, dateTime, exact, inputTime, timeOf, windowName } from './time';
import { coarser, lengthSeconds, stepWindow, windowOf, windowStart, zoneOf } from './window';

const spec = (window: ViewSpec['window']): ViewSpec => ({ name: 'v', window, measures: {} });
const at = (text: string): number => Date.parse(text);

it('reads lengths', () => {
  expect(['30s', '5m', '2h', '1d', '1w', '250ms', 'x', '5', '0m', '99999999999999999d'].map(lengthSeconds)).toEqual([30, 300, 7200, 86400, 604800, 0.25, null, null, null, null]);
});

it('knows the windows of rows', () => {
  expect(windowOf(spec({ tumbling: '1h' }))).toBe('1h');
  expect(windowOf(spec({ session: '30m', by: '1w' }))).toBe('1w');
  expect(windowOf(spec({ session: '30m' }))).toBe('1d');
  expect(windowOf(spec({ hopping: '1h', advance: '5m' }))).toBe('1h');
  expect(windowOf(spec('none'))).toBeNull();
  expect(windowOf(spec(undefined))).toBeNull();
  expect(zoneOf(spec({ tumbling: '1d', zone: 'Europe/Berlin' }))).toBe('Europe/Berlin');
  expect(zoneOf(spec('none'))).toBe('UTC');
});

describe('windows', () => {
  it('begin where those of the server do', () => {
    const time = at('2026-11-27T17:35:42.614Z');
    expect(windowStart(time, '5m')).toBe(at('2026-11-27T17:35:00Z'));
    expect(windowStart(time, '1d')).toBe(at('2026-11-27T00:00:00Z'));
    expect(windowStart(time, '1w')).toBe(at('2026-11-23T00:00:00Z')); // A Monday.
    expect(windowStart(time, '1mo')).toBe(at('2026-11-01T00:00:00Z'));
  });
  it('step over months of any length', () => {
    expect(stepWindow(at('2026-11-01T00:00:00Z'), '1mo', 1)).toBe(at('2026-12-01T00:00:00Z'));
    expect(stepWindow(at('2026-01-01T00:00:00Z'), '1mo', -1)).toBe(at('2025-12-01T00:00:00Z'));
    expect(stepWindow(at('2026-11-01T00:00:00Z'), '1h', -2)).toBe(at('2026-10-31T22:00:00Z'));
  });
  it('roll up to those that they lie in', () => {
    expect(coarser('1h')).toEqual(['1h', '6h', '1d', '1w', '1mo']);
    expect(coarser('1d')).toEqual(['1d', '1w', '1mo']);
    expect(coarser('1w')).toEqual(['1w']);
    expect(coarser('1mo')).toEqual(['1mo']);
  });
});

describe('times', () => {
  it('are of the zone that is asked for', () => {
    expect(dateTime('2026-11-27T23:30:00Z', 'UTC')).toContain('23:30');
    expect(dateTime('2026-11-27T23:30:00Z', 'Asia/Kathmandu')).toMatch(/28 Nov.*05:15/);
    expect(exact('2026-11-27T23:30:01.234Z', 'UTC')).toContain('23:30:01.234');
  });
  it('that cannot be read are shown as they are', () => {
    expect(exact('yesterday', 'UTC')).toBe('yesterday');
    expect(dateTime('x', 'UTC')).toBe('x');
    expect(windowName('soon', 86400, 'UTC')).toBe('soon');
  });
  it('that somebody typed are times, or none', () => {
    expect(timeOf('2026-11-27T23:30Z')).toBe(at('2026-11-27T23:30Z'));
    for (const text of ['x', '', '12026-11-27T10:00Z', '+012026-11-27T10:00Z', '-000001-01-01T00:00Z', '-271821-04-20T00:00Z', '99999']) {
      expect(timeOf(text), text).toBeNull();
      expect(inputTime(text), text).toBe('');
    }
    expect(inputTime('2026-11-27T23:30:59+01:00')).toBe('2026-11-27T22:30');
  });
  it('name windows by their length', () => {
    expect(windowName('2026-11-01T00:00:00Z', 30 * 86400, 'UTC')).toBe('November 2026');
    expect(windowName('2026-11-27T00:00:00Z', 86400, 'UTC')).toMatch(/Fri,? 27 Nov 2026/);
    expect(windowName('2026-11-27T10:00:00Z', 3600, 'UTC')).toContain('10:00');
  });
  it('say how long ago', () => {
    const now = at('2026-11-27T12:00:00Z');
    expect(ago('2026-11-27T11:59:50Z', now)).toBe('10 s');
    expect(ago('2026-11-27T11:00:00Z', now)).toBe('60 min');
    expect(ago('2026-11-27T12:00:05Z', now)).toBe('0 s');
  });
});
