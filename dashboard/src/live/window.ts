// SPDX-License-Identifier: Apache-2.0
/** What a live stream shows now: frames applied one after the other. */
import type { Frame, Freshness, Row, Value } from '../api/types';

export interface Others {
  start?: string;
  end?: string;
  groups: number;
  values: Record<string, Value>;
}

export interface LiveWindow extends Freshness {
  view: string;
  from: string | null;
  rows: Map<string, Row>;
  others: Map<string, Others>;
}

const keyOf = (row: { start?: string; group: unknown }): string => `${row.start ?? ''} ${JSON.stringify(row.group)}`;

const isOver = (start: string | undefined, from: string | null): boolean =>
  start !== undefined && from !== null && start < from;

/** `before` with `frame` applied; a whole frame takes its place. `before` is not used any more. */
export function applyFrame(before: LiveWindow | null, frame: Frame): LiveWindow {
  const rows = frame.whole || !before ? new Map<string, Row>() : before.rows;
  const others = frame.whole || !before ? new Map<string, Others>() : before.others;
  for (const gone of frame.left) rows.delete(keyOf(gone));
  for (const row of frame.rows) rows.set(keyOf(row), row);
  for (const other of frame.other) {
    if (other.groups > 0) others.set(other.start ?? '', other);
    else others.delete(other.start ?? '');
  }
  for (const [key, row] of rows) if (isOver(row.start, frame.from)) rows.delete(key);
  for (const [start] of others) if (isOver(start || undefined, frame.from)) others.delete(start);
  const { view, watermark, complete_until, complete_from, from } = frame;
  return { view, watermark, complete_until, complete_from, from, rows, others };
}

/** One frame that says all of `state`, for who comes later. */
export function wholeFrame(state: LiveWindow): Frame {
  const { view, watermark, complete_until, complete_from, from } = state;
  return {
    view, watermark, complete_until, complete_from, from,
    rows: [...state.rows.values()],
    other: [...state.others.values()],
    left: [],
    whole: true,
    interval_ms: 100,
  };
}
