// SPDX-License-Identifier: Apache-2.0
/** The time that a panel shows: "24h", "30d" back from now, or from/to. */
import { timeOf } from '../format/time';
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

/** Back from now to no further than to 1970. */
const SECONDS_MAX = 50 * 365 * 86400;

/** `text`: a length, or "2026-11-01T00:00Z/2026-11-08T00:00Z", either of them left out. null: neither. */
export function parseRange(text: string, now: number, window: string | null): Range | null {
  if (text.includes('/')) {
    const [from, to, more] = text.split('/').map((part) => (part ? timeOf(part) : undefined));
    if (from === null || to === null || more !== undefined) return null;
    return { from: from ?? 0, to: to ?? null };
  }
  const seconds = lengthSeconds(text);
  if (seconds === null || seconds > SECONDS_MAX) return null;
  const step = window ? lengthSeconds(window) : null;
  if (!window || step === null) return { from: window ? now - seconds * 1000 : 0, to: null };
  const present = windowStart(now, window);
  // So many whole windows as lie in the range, the present one the last of them.
  const steps = Math.max(1, Math.round(seconds / step));
  return { from: stepWindow(present, window, 1 - steps), to: null };
}

/** What is wrong with `text`; null: nothing, or no time is asked for. */
export function rangeFault(text: string): string | null {
  if (!text || parseRange(text, Date.now(), null)) return null;
  return `“${text}” is no time to show. Choose one of the list, or a time in UTC from … to …, such as 2026-11-01T00:00Z/2026-11-08T00:00Z.`;
}

export function rangeParams(range: Range): string {
  const params = new URLSearchParams({ from: new Date(range.from).toISOString() });
  if (range.to !== null) params.set('to', new Date(range.to).toISOString());
  return params.toString();
}

/** How many windows lie in `range` up to `now`; at least one. */
export function windowsIn(range: Range, window: string, now: number): number {
  const end = range.to ?? now;
  return Math.max(1, Math.ceil((end - range.from) / ((lengthSeconds(window) ?? Infinity) * 1000)));
}
