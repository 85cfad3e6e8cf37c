// SPDX-License-Identifier: Apache-2.0
/** The windows of views. */
import type { ViewSpec } from '../api/types';

const UNIT_SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400, w: 604800, mo: 30 * 86400 };

/** A thousand years: whatever is longer is nothing that can be shown. */
const SECONDS_MAX = 1000 * 366 * 86400;

/** "5m" in seconds; a month is taken as 30 days. null: not a length, or none that can be shown. */
export function lengthSeconds(text: string): number | null {
  const found = /^(\d+)(ms|mo|s|m|h|d|w)$/.exec(text.trim());
  const seconds = found ? Number(found[1]) * UNIT_SECONDS[found[2]!]! : 0;
  return seconds > 0 && seconds <= SECONDS_MAX ? seconds : null;
}

/** The length that the rows of a view have, as it is written; null: it has no windows. */
export function windowOf(spec: ViewSpec): string | null {
  const window = spec.window;
  if (!window || window === 'none') return null;
  if (window.session) return window.by === 'none' ? null : (window.by ?? '1d');
  return window.hopping ?? window.tumbling ?? null;
}

export function zoneOf(spec: ViewSpec): string {
  return (spec.window && spec.window !== 'none' && spec.window.zone) || 'UTC';
}

const NAMES: Record<string, string> = { '1m': 'minute', '1h': 'hour', '1d': 'day', '1w': 'week', '1mo': 'month' };

export function windowWord(length: string): string {
  return NAMES[length] ?? length;
}

const LADDER = ['1m', '5m', '15m', '1h', '6h', '1d', '1w', '1mo'];

/** The windows that rows of `length` can be rolled up to, itself first (docs/http-api.md, Roll up). */
export function coarser(length: string): string[] {
  const own = lengthSeconds(length) ?? 0;
  const fits = (other: string): boolean => {
    const seconds = lengthSeconds(other)!;
    if (seconds <= own || (length.endsWith('w') && other === '1mo')) return false;
    return other === '1mo' ? own <= 86400 : seconds % own === 0;
  };
  return [length, ...LADDER.filter(fits)];
}

/** The start of the window of `length` in UTC that holds `at`: minutes to months. */
export function windowStart(at: number, length: string): number {
  if (length === '1mo') {
    const day = new Date(at);
    return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1);
  }
  const step = lengthSeconds(length)! * 1000;
  const origin = length.endsWith('w') ? 4 * 86400_000 : 0; // 1970-01-05 was a Monday.
  return Math.floor((at - origin) / step) * step + origin;
}

/** The start of the window after (`steps` > 0) or before the one that starts at `start`. */
export function stepWindow(start: number, length: string, steps: number): number {
  if (length === '1mo') {
    const day = new Date(start);
    return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + steps, 1);
  }
  return start + steps * lengthSeconds(length)! * 1000;
}
