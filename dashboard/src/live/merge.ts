// SPDX-License-Identifier: Apache-2.0
/**
 * Answers of queries kept current by a live stream: what the stream says exactly is put in place, for the rest the
 * query has to be asked again.
 */
import type { Answer, Group, Row, ViewSpec } from '../api/types';
import type { PanelQuery } from '../panels/query';
import type { LiveWindow } from './window';

const ADDS_UP = /^(count|sum\(.*\))$/;

/** Whether a measure of several groups or windows is the sum of theirs. */
export function addsUp(spec: ViewSpec, measure: string): boolean {
  return ADDS_UP.test(spec.measures[measure] ?? '');
}

export interface Merged {
  answer: Answer;
  /** Not all of it could be told from the stream: ask again. */
  isBehind: boolean;
}

function projected(group: Group, fields: string[]): Group {
  return Object.fromEntries(fields.map((field) => [field, group[field] ?? null]));
}

/** The rows of `row`'s window that the query would have, summed up over the groups that it does not keep apart. */
function rolledUp(rows: Row[], fields: string[], measures: string[]): Row[] {
  const byGroup = new Map<string, Row>();
  for (const row of rows) {
    const group = projected(row.group, fields);
    const key = JSON.stringify(group);
    const sum = byGroup.get(key);
    if (!sum) {
      byGroup.set(key, { ...row, group, values: Object.fromEntries(measures.map((m) => [m, row.values[m] ?? null])) });
      continue;
    }
    for (const measure of measures) {
      sum.values[measure] = (Number(sum.values[measure]) || 0) + (Number(row.values[measure]) || 0);
    }
    sum.revision += row.revision;
    sum.partial = sum.partial || row.partial;
  }
  return [...byGroup.values()];
}

/** The rows of one window as the query would answer them; null: the stream cannot tell. */
function windowRows(live: LiveWindow, start: string, query: PanelQuery, spec: ViewSpec): Row[] | null {
  const rows = [...live.rows.values()].filter((row) => row.start === start && !row.other);
  const hasOther = [...live.rows.values()].some((row) => row.start === start && row.other);
  const others = live.others.get(start);
  const fields = query.groupBy ?? spec.group_by ?? [];
  const measures = query.measures.length ? query.measures : Object.keys(spec.measures);
  const allAdd = measures.every((measure) => addsUp(spec, measure));
  const isExact = query.groupBy === null || sameFields(fields, spec.group_by ?? []);
  if (isExact) return others || hasOther ? null : rows;
  if (fields.length === 0 && rows.length === 1 && !others && !hasOther) return [{ ...rows[0]!, group: {} }];
  if (!allAdd || hasOther) return null;
  if (!others) return rolledUp(rows, fields, measures);
  if (fields.length > 0) return null;
  const sum = rolledUp([...rows, { ...rows[0], start, end: others.end, group: {}, values: others.values } as Row], [], measures);
  return sum;
}

function sameFields(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((field) => b.includes(field));
}

/** The first groups by a measure, when the stream shows all windows of the range and all groups in them; else null. */
function rankedRows(answer: Answer, live: LiveWindow, query: PanelQuery, spec: ViewSpec): Pick<Answer, 'rows' | 'matched'> | null {
  const range = answer.ranges[0];
  const measure = query.order!.replace(/^-/, '');
  const measures = query.measures.length ? query.measures : Object.keys(spec.measures);
  const isWhole = range?.from && !range.to && live.from !== null && live.from <= range.from && live.others.size === 0;
  if (!isWhole || answer.ranges.length !== 1 || !measures.every((each) => addsUp(spec, each)) || !measures.includes(measure)) return null;
  const rows = [...live.rows.values()].filter((row) => row.start! >= range.from!);
  // Rows of several coarser windows are several rows: here there is one.
  if (rows.some((row) => row.other) || new Set(answer.rows.map((row) => row.start)).size > 1) return null;
  const sign = query.order!.startsWith('-') ? -1 : 1;
  const sums = rolledUp(rows, query.groupBy ?? spec.group_by ?? [], measures);
  sums.sort((a, b) => sign * (Number(a.values[measure]) - Number(b.values[measure])) || (JSON.stringify(a.group) < JSON.stringify(b.group) ? -1 : 1));
  const window = answer.rows[0];
  const placed = sums.map((row) => ({ ...row, start: window?.start ?? range.from!, end: window?.end ?? row.end }));
  return { rows: placed.slice(0, query.limit ?? placed.length), matched: placed.length };
}

/**
 * `answer` of `query` with what `live`, the stream of the same view and filters, says of its windows. An answer by
 * time takes its windows in, a rank is made anew where all of it is in the stream; else it is said that it is behind, and it is as
 * fresh as it was when it was asked for.
 */
export function merge(answer: Answer, live: LiveWindow, query: PanelQuery, spec: ViewSpec): Merged {
  const { watermark, complete_until } = live;
  const fresh: Answer = { ...answer, watermark, complete_until };
  if (!query.isByTime) {
    const ranked = rankedRows(answer, live, query, spec);
    return ranked ? { answer: { ...fresh, ...ranked }, isBehind: false } : { answer, isBehind: true };
  }
  const takesWindows = query.window === null && live.from !== null && !answer.next;
  if (!takesWindows) return { answer, isBehind: true };
  const from = answer.ranges[0]?.from ?? null;
  const starts = [...new Set([...live.rows.values()].map((row) => row.start!))].filter((start) => !from || start >= from);
  let isBehind = false;
  const rows = answer.rows.filter((row) => !row.start || row.start < live.from! );
  const kept = answer.rows.filter((row) => row.start && row.start >= live.from!);
  for (const start of starts.sort()) {
    const told = windowRows(live, start, query, spec);
    if (told) rows.push(...told);
    else {
      isBehind = true;
      rows.push(...kept.filter((row) => row.start === start));
    }
  }
  return { answer: isBehind ? { ...answer, rows } : { ...fresh, rows }, isBehind };
}
