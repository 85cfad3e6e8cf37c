// SPDX-License-Identifier: Apache-2.0
/** Losses on the way in words. */
import type { Gap, Gaps } from '../api/gaps';

export const REASONS: Record<string, string> = {
  queue_full: 'the queue was full',
  too_old: 'too old',
  refused: 'refused by the server',
  too_large: 'too large',
  opted_out: 'the person opted out',
  other: 'another reason',
};

/** What clients gave up on, the most first; empty: nothing. */
export function reasonsText(dropped: Record<string, number>): string {
  return Object.entries(dropped)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count.toLocaleString('en-US')} ${Object.keys(REASONS).includes(reason) ? REASONS[reason] : reason}`)
    .join(', ');
}

export const droppedOf = ({ dropped }: Pick<Gap, 'dropped'>): number => Object.values(dropped).reduce((a, b) => a + b, 0);

const devices = (count: number): string => `${count.toLocaleString('en-US')} device${count === 1 ? '' : 's'}`;

/** What is in no total, as anybody can claim it; empty: nothing. */
export function notBelievedText({ not_believed: claimed }: Pick<Gap, 'not_believed'>): string {
  const parts: string[] = [];
  if (claimed.devices > 0) parts.push(`of ${devices(claimed.devices)}`);
  if (claimed.open_tail > 0) parts.push(`and ${claimed.open_tail.toLocaleString('en-US')} on the way, of ${devices(claimed.open_tail_devices)}`);
  return parts.join(' ');
}

/** Devices of which nothing is said as they number too far; empty: none. */
export function unnumberedText({ unnumbered_devices: count }: Pick<Gap, 'unnumbered_devices'>): string {
  return count > 0 ? `${devices(count)} ${count === 1 ? 'numbers' : 'number'} beyond 8192: nothing else is said of ${count === 1 ? 'it' : 'them'}.` : '';
}

/** Of the days that are shown: what is missing of a source at least. */
export function missingInRows({ rows }: Pick<Gaps, 'rows'>, source: string): number {
  return rows.filter((row) => row.source === source).reduce((sum, row) => sum + row.missing_at_least, 0);
}
