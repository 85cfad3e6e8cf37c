// SPDX-License-Identifier: Apache-2.0
/** The periods of the overview: an hour, a day, a week, a month of UTC, and the one before each. */
import type { Answer } from '../api/types';
import type { Chart } from '../charts/series';
import { timeOf } from '../format/time';
import { lengthSeconds, stepWindow, windowStart } from '../format/window';

export type PeriodName = 'hour' | 'day' | 'week' | 'month';

export interface Period {
  name: PeriodName;
  /** Its length as a window of views. */
  window: string;
  /** The windows that its chart has. */
  detail: string;
  start: number;
  end: number;
  before: number;
  isPresent: boolean;
}

const SHAPES: Record<PeriodName, { window: string; detail: string; word: string; present: string }> = {
  hour: { window: '1h', detail: '1m', word: 'the hour before', present: 'This hour' },
  day: { window: '1d', detail: '1h', word: 'the day before', present: 'Today' },
  week: { window: '1w', detail: '1d', word: 'the week before', present: 'This week' },
  month: { window: '1mo', detail: '1d', word: 'the month before', present: 'This month' },
};

export const PERIODS = (Object.keys(SHAPES) as PeriodName[]).map((value) => ({ value, name: SHAPES[value].present }));

export const beforeWord = (name: PeriodName): string => SHAPES[name].word;

export function periodOf(name: string | null, at: string | null, now: number): Period {
  const known: PeriodName = name !== null && Object.keys(SHAPES).includes(name) ? (name as PeriodName) : 'day';
  const { window, detail } = SHAPES[known];
  const start = windowStart(Math.min(timeOf(at ?? '') ?? now, now), window);
  const end = stepWindow(start, window, 1);
  return { name: known, window, detail, start, end, before: stepWindow(start, window, -1), isPresent: now < end };
}

/** As a range of panels: open while it is the present one. */
export function rangeOf(period: Period): string {
  return `${new Date(period.start).toISOString()}/${period.isPresent ? '' : new Date(period.end).toISOString()}`;
}

export function rangeBefore(period: Period): string {
  return `${new Date(period.before).toISOString()}/${new Date(period.start).toISOString()}`;
}

function valuesByStart(answer: Answer | null, measure: string): Map<number, number> {
  const values = new Map<number, number>();
  for (const row of answer?.rows ?? []) {
    const start = Date.parse(row.start!);
    values.set(start, (values.get(start) ?? 0) + Number(row.values[measure] ?? 0));
  }
  return values;
}

export interface Compared {
  chart: Chart;
  before: (number | null)[];
  /** Of all windows so far. */
  total: number;
  totalBefore: number;
  /** Of the windows that are over in both: what may be compared. */
  comparable: number;
  comparableBefore: number;
  /** Where these end; null: there is none yet. */
  until: number | null;
}

/** The windows of `period` and, beside each, that of the period before. */
export function compare(period: Period, answer: Answer | null, before: Answer | null, measure: string, now: number): Compared {
  const values = valuesByStart(answer, measure);
  const valuesBefore = valuesByStart(before, measure);
  const times: number[] = [];
  for (let at = period.start; at < period.end; at = stepWindow(at, period.detail, 1)) times.push(at);
  const completeUntil = answer?.complete_until ? Date.parse(answer.complete_until) : 0;
  const line = times.map((time) => (answer && time <= now ? (values.get(time) ?? 0) : null));
  const lineBefore = times.map((time) => (before ? (valuesBefore.get(time - period.start + period.before) ?? 0) : null));
  const isOver = (time: number): boolean => stepWindow(time, period.detail, 1) <= Math.min(now, completeUntil);
  const over = times.filter(isOver);
  const sum = (of: Iterable<number>): number => [...of].reduce((a, b) => a + b, 0);
  const openFrom = times.findIndex((time) => !isOver(time));
  return {
    chart: {
      times: times.map((time) => time / 1000),
      series: [{ name: 'all', values: line }],
      openFrom: openFrom < 0 ? times.length : openFrom,
      cutFrom: times.length,
      left: 0,
      windowSeconds: lengthSeconds(period.detail)!,
    },
    before: lineBefore,
    total: sum(values.values()),
    totalBefore: sum(valuesBefore.values()),
    comparable: sum(over.map((time) => values.get(time) ?? 0)),
    comparableBefore: sum(over.map((time) => valuesBefore.get(time - period.start + period.before) ?? 0)),
    until: over.length ? stepWindow(over[over.length - 1]!, period.detail, 1) : null,
  };
}
