// SPDX-License-Identifier: Apache-2.0
/** Times for people, in a zone that is always said. */

export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
    formats.set(key, format);
  }
  return format;
}

/** The years that the API knows: times beyond them are none. */
const TIME_MIN = Date.parse('0001-01-01T00:00:00Z');
const TIME_MAX = Date.parse('9999-12-31T23:59:59.999Z');

/** A time in milliseconds; null: `text`, which somebody typed, is none. */
export function timeOf(text: string): number | null {
  const time = Date.parse(text);
  return time >= TIME_MIN && time <= TIME_MAX ? time : null;
}

/** As an input of type datetime-local takes it, of UTC; empty where it is no time. */
export function inputTime(text: string): string {
  const time = timeOf(text);
  return time === null ? '' : new Date(time).toISOString().slice(0, 16);
}

/** The latest that such an input should offer. */
export const INPUT_TIME_MAX = '9999-12-31T23:59';

/** `at` in words; what is no time as it stands. */
function formatted(format: Intl.DateTimeFormat, at: string | number | Date): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? String(at) : format.format(time);
}

const DATE: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };
const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };

export function dateTime(at: string | number | Date, zone: string): string {
  return formatted(formatter(zone, { ...DATE, ...CLOCK }), at);
}
export function clock(at: string | number | Date, zone: string, withSeconds = false): string {
  return formatted(formatter(zone, withSeconds ? { ...CLOCK, second: '2-digit' } : CLOCK), at);
}
export function date(at: string | number | Date, zone: string): string {
  return formatted(formatter(zone, { ...DATE, year: 'numeric' }), at);
}
/** To the millisecond, for records. */
export function exact(at: string, zone: string): string {
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: 'numeric', ...CLOCK, second: '2-digit', fractionalSecondDigits: 3 };
  return formatted(formatter(zone, options), at);
}

/** What a window is called: a minute by its time, a day by its date. */
export function windowName(start: string | number, seconds: number, zone: string): string {
  if (seconds >= 28 * 86400) return formatted(formatter(zone, { month: 'long', year: 'numeric' }), start);
  if (seconds >= 86400) return formatted(formatter(zone, { weekday: 'short', ...DATE, year: 'numeric' }), start);
  return dateTime(start, zone);
}

/** "3 s", "2 min": how long ago, for freshness. */
export function ago(at: string, now: number): string {
  const seconds = Math.max(0, (now - new Date(at).getTime()) / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}
