// SPDX-License-Identifier: Apache-2.0
/** The one number of an answer: of the newest window of its range, or of all of time. */
import type { Answer, Row } from '../api/types';
import { numberOf } from '../charts/series';
import { windowStart } from '../format/window';

export interface NewestOptions {
  measure: string;
  /** null: the view has none. */
  window: string | null;
  /** Windows of UTC without gaps: one without rows is known, too. */
  isRegular: boolean;
  /** What a window without rows has: 0 for what is counted, else null. */
  empty: number | null;
  now: number;
}

export interface Newest {
  /** null: nothing is known. */
  value: number | null;
  /** Rows of it: of several there is no one number. */
  rows: number;
  /** Its start in milliseconds; null: it is of all of time. */
  start: number | null;
  isPresent: boolean;
  /** Rows are missing: which is the newest is not known. */
  isCut: boolean;
}

const startOf = (row: Row): number => (row.start ? Date.parse(row.start) : -Infinity);

/** Where the newest window of the range starts. Clocks that are ahead make windows beyond the present one, and ours may be wrong. */
function newestStart(answer: Answer, { window, isRegular, now }: NewestOptions): number {
  const current = answer.rows.find((row) => row.current);
  if (current) return startOf(current);
  if (!window || !isRegular) return answer.rows.reduce((newest, row) => Math.max(newest, startOf(row)), -Infinity);
  const to = answer.ranges[0]?.to;
  return windowStart(to ? Math.min(Date.parse(to) - 1, now) : now, window);
}

export function newestOf(answer: Answer, options: NewestOptions): Newest {
  const { measure, window, empty } = options;
  if (answer.next) return { value: null, rows: 0, start: null, isPresent: false, isCut: true };
  const start = newestStart(answer, options);
  const rows = answer.rows.filter((row) => startOf(row) === start);
  const value = rows.length === 1 ? numberOf(rows[0]!, measure) : rows.length === 0 ? empty : null;
  const isOpen = !answer.ranges[0]?.to;
  const isPresent = rows.some((row) => row.current) || (isOpen && rows.length === 0);
  return { value, rows: rows.length, start: window && Number.isFinite(start) ? start : null, isPresent: window !== null && isPresent, isCut: false };
}
