// SPDX-License-Identifier: Apache-2.0
/** The time that a panel shows: "24h", "30d" back from now, or from/to. */
import { lengthSeconds, stepWindow, windowStart } from '../format/window';

export interface Range {
  /** Milliseconds, the begin of a window. */
  from: number;
  /** null: to now and on. */
  to: number | null;
}

export const RANGES: [value: string, name: string][] = [
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
  ['365d', 'Last year'],
];

/** `text`: a length, or "2026-11-01T00:00Z/2026-11-08T00:00Z", either of them left out. null: neither. */
export function parseRange(text: string, now: number, window: string | null): Range | null {
  if (text.includes('/')) {
    const [from, to] = text.split('/').map((part) => (part ? Date.parse(part) : null));
    if (Number.isNaN(from) || Number.isNaN(to)) return null;
    return { from: from ?? 0, to: to ?? null };
  }
  const seconds = lengthSeconds(text);
  if (seconds === null) return null;
  if (!window) return { from: 0, to: null };
  const present = windowStart(now, window);
  // So many whole windows as lie in the range, the present one the last of them.
  const steps = Math.max(1, Math.round(seconds / lengthSeconds(window)!));
  return { from: stepWindow(present, window, 1 - steps), to: null };
}

export function rangeParams(range: Range): string {
  const params = new URLSearchParams({ from: new Date(range.from).toISOString() });
  if (range.to !== null) params.set('to', new Date(range.to).toISOString());
  return params.toString();
}

/** How many windows lie in `range` up to `now`; at least one. */
export function windowsIn(range: Range, window: string, now: number): number {
  const end = range.to ?? now;
  return Math.max(1, Math.ceil((end - range.from) / (lengthSeconds(window)! * 1000)));
}
