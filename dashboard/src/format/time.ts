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

const DATE: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' };
const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };

export function dateTime(at: string | number | Date, zone: string): string {
  return formatter(zone, { ...DATE, ...CLOCK }).format(new Date(at));
}
export function clock(at: string | number | Date, zone: string, withSeconds = false): string {
  return formatter(zone, withSeconds ? { ...CLOCK, second: '2-digit' } : CLOCK).format(new Date(at));
}
export function date(at: string | number | Date, zone: string): string {
  return formatter(zone, { ...DATE, year: 'numeric' }).format(new Date(at));
}
/** To the millisecond, for records. */
export function exact(at: string, zone: string): string {
  const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: 'numeric', ...CLOCK, second: '2-digit', fractionalSecondDigits: 3 };
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : formatter(zone, options).format(time);
}

/** What a window is called: a minute by its time, a day by its date. */
export function windowName(start: string | number, seconds: number, zone: string): string {
  if (seconds >= 28 * 86400) return formatter(zone, { month: 'long', year: 'numeric' }).format(new Date(start));
  if (seconds >= 86400) return formatter(zone, { weekday: 'short', ...DATE, year: 'numeric' }).format(new Date(start));
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
