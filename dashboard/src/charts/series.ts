// SPDX-License-Identifier: Apache-2.0
/** Rows of an answer as the lines of a chart. */
import type { Answer, Row, Scalar } from '../api/types';
import { lengthSeconds, stepWindow, windowStart } from '../format/window';

export interface Series {
  name: string;
  /** One a time; null: nothing is known of it. */
  values: (number | null)[];
}

export interface Chart {
  /** Starts of windows in seconds, ascending. */
  times: number[];
  series: Series[];
  /** From this index on windows are not final; times.length: all are. */
  openFrom: number;
  /** From this index on rows may be missing, as the answer is cut; times.length: none are. */
  cutFrom: number;
  /** Groups that are not among the series. */
  left: number;
  windowSeconds: number;
}

/** More lines than this nobody tells apart. */
export const SERIES_MAX = 8;

export function groupName(group: Record<string, Scalar>): string {
  const parts = Object.values(group).map((value) => (value === null ? '(none)' : value === '' ? '(empty)' : String(value)));
  return parts.join(' · ') || 'all';
}

export function rowName(row: Row): string {
  return row.other ? 'all others' : groupName(row.group);
}

export function numberOf(row: Row, measure: string): number | null {
  const value = row.values[measure];
  return typeof value === 'number' ? value : null;
}

/** Where there are more, those without rows are left out. */
const TIMES_MAX = 5000;

/** All starts of windows from `from` to `to`; those of the rows alone where they are not regular, or too many. */
function timesOf(starts: number[], window: string, from: number | null, to: number, isRegular: boolean): number[] {
  const those = [...new Set(starts)].sort((a, b) => a - b);
  if (!isRegular) return those;
  const first = windowStart(from ?? Math.min(those[0] ?? to, to), window);
  const last = windowStart(Math.max(to, those[those.length - 1] ?? to), window);
  const times: number[] = [];
  for (let at = first; at <= last; at = stepWindow(at, window, 1)) {
    if (times.push(at) > TIMES_MAX) return those;
  }
  return times;
}

/** Of a cut answer the windows behind that of its last row are not known, and of that one not all. */
function cutFrom(times: number[], answer: Answer, starts: number[]): number {
  if (!answer.next) return times.length;
  const last = starts.reduce((a, b) => Math.max(a, b), -Infinity);
  const index = times.findIndex((time) => time >= last);
  return index < 0 ? times.length : index;
}

export interface ChartOptions {
  measure: string;
  window: string;
  /** Windows of UTC without gaps or overlaps: those without a row are known, too. */
  isRegular: boolean;
  /** What a window without rows has: 0 for what is counted, else null. */
  empty: number | null;
  now: number;
}

export function chartOf(answer: Answer, options: ChartOptions): Chart {
  const { measure, window, empty, now } = options;
  const rows = answer.rows.filter((row) => row.start);
  const range = answer.ranges[0];
  // Of all that there ever was: from its first row.
  const from = range?.from && Date.parse(range.from) > 0 ? Date.parse(range.from) : null;
  const to = range?.to ? Date.parse(range.to) - 1 : now;
  const starts = rows.map((row) => Date.parse(row.start!));
  const times = timesOf(starts, window, from, to, options.isRegular);
  const cut = cutFrom(times, answer, starts);
  const place = new Map(times.map((time, index) => [time, index]));
  const lines = new Map<string, { values: (number | null)[]; sum: number }>();
  for (const row of rows) {
    const name = rowName(row);
    const line = lines.get(name) ?? { values: times.map((_, index) => (index < cut ? empty : null)), sum: 0 };
    const value = numberOf(row, measure);
    const index = place.get(Date.parse(row.start!));
    if (index !== undefined) line.values[index] = value;
    line.sum += Math.abs(value ?? 0);
    lines.set(name, line);
  }
  const ranked = [...lines].sort(([, a], [, b]) => b.sum - a.sum);
  const windowSeconds = lengthSeconds(window) ?? 0;
  return {
    times: times.map((time) => time / 1000),
    series: ranked.slice(0, SERIES_MAX).map(([name, { values }]) => ({ name, values })),
    openFrom: openFrom(times, answer.complete_until, window),
    cutFrom: cut,
    left: Math.max(0, ranked.length - SERIES_MAX),
    windowSeconds,
  };
}

function openFrom(times: number[], completeUntil: string | null, window: string): number {
  if (!completeUntil) return 0;
  const until = Date.parse(completeUntil);
  const index = times.findIndex((time) => stepWindow(time, window, 1) > until);
  return index < 0 ? times.length : index;
}

/** `values` up to where windows are final, and from the last of these on, so that a line goes on without a gap. */
export function splitOpen(values: (number | null)[], openFrom: number): [closed: (number | null)[], open: (number | null)[]] {
  return [
    values.map((value, index) => (index < openFrom ? value : null)),
    values.map((value, index) => (index >= openFrom - 1 ? value : null)),
  ];
}

/** Where a value stands between two that are not known: a line through it would not be seen. */
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  const isKnown = (index: number): boolean => (values[index] ?? null) !== null;
  return Array.from(values, (_, index) => index).filter((index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1));
}

/** Each series with those behind it below, the tallest first: drawn in this order, each covers the lower part of the former. */
export function stacked(series: Series[]): (Series & { index: number })[] {
  const sums: (number | null)[][] = [];
  for (let index = series.length - 1; index >= 0; index--) {
    const below = sums[index + 1];
    sums[index] = series[index]!.values.map((value, at) => (value === null && (below?.[at] ?? null) === null ? null : (value ?? 0) + (below?.[at] ?? 0)));
  }
  return series.map(({ name }, index) => ({ name, values: sums[index]!, index }));
}
