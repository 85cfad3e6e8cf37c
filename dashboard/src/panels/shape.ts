// SPDX-License-Identifier: Apache-2.0
/** What of a query a panel needs to show it whole: a chart no more windows than it has room for, a number the newest. */
import type { ChartKind, ViewSpec } from '../api/types';
import { coarser, lengthSeconds, windowOf, zoneOf } from '../format/window';
import { formatQuery, parseQuery } from './query';
import { parseRange, windowsIn, type Range } from './range';

export type Shape = 'points' | 'newest' | 'rows';

/** A chart has about as many pixels from left to right. */
export const POINTS_MAX = 1000;
/** With fewer a chart says little: rather than that it is cut, and says so. */
const POINTS_MIN = 24;
/** The present window and the one before, whatever their zone; and as far back as our clock may be wrong. */
const NEWEST_WINDOWS = 2;
const NEWEST_SECONDS = 600;

export function shapeOf(chart: ChartKind): Shape {
  if (chart === 'table') return 'rows';
  return chart === 'number' ? 'newest' : 'points';
}

/** Windows of one length, one after the other in UTC. */
export function isRegular(spec: ViewSpec): boolean {
  return zoneOf(spec) === 'UTC' && (typeof spec.window !== 'object' || !spec.window.hopping);
}

/** `window` and those that rows can be rolled up to that are longer, the shortest first. */
function longer(spec: ViewSpec, window: string): string[] {
  const own = windowOf(spec);
  if (!own || !isRegular(spec)) return [window];
  const seconds = lengthSeconds(window) ?? 0;
  return [window, ...coarser(own).filter((each) => lengthSeconds(each)! > seconds)];
}

/**
 * `query` as a panel asks it. A chart over time has the shortest windows of which no more than POINTS_MAX lie in
 * `range`; `steps` further ones where its rows were too many. `canStep`: still longer ones make a chart.
 */
export function shapedQuery(spec: ViewSpec, query: string, range: string, now: number, shape: Shape, steps = 0): { query: string; canStep: boolean } {
  const parsed = parseQuery(query);
  const window = parsed.window ?? windowOf(spec);
  const time = window && shape === 'points' && parsed.isByTime ? parseRange(range, now, window) : null;
  if (!time || lengthSeconds(window!) === null) return { query, canStep: false };
  const windows = longer(spec, window!);
  const count = (each: string): number => windowsIn(parseRange(range, now, each)!, each, now);
  const first = windows.findIndex((each) => count(each) <= POINTS_MAX);
  const index = Math.min(windows.length - 1, (first < 0 ? windows.length - 1 : first) + steps);
  const next = windows[index + 1];
  const canStep = next !== undefined && parsed.limit === null && count(next) >= POINTS_MIN;
  return { query: index === 0 ? query : formatQuery({ ...parsed, window: windows[index]! }), canStep };
}

/** The part of `range` that a panel shows. */
export function shapedRange(range: Range, window: string, now: number, shape: Shape): Range {
  if (shape !== 'newest') return range;
  const end = range.to ?? now;
  const seconds = Math.max(NEWEST_SECONDS, NEWEST_WINDOWS * (lengthSeconds(window) ?? Infinity));
  return { ...range, from: Math.max(range.from, end - seconds * 1000) };
}
