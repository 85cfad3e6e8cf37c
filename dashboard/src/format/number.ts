// SPDX-License-Identifier: Apache-2.0
/** Numbers for people. What is rounded says so: a trailing letter, and the whole number beside it. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fraction = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 15 });

export interface Shown {
  text: string;
  /** The number in full, where `text` is rounded. */
  full?: string;
}

const UNITS: [number, string][] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

export function inFull(value: number): string {
  return Number.isInteger(value) ? whole.format(value) : fraction.format(value);
}

/** At most `digits` digits before it is rounded: 12,345 stays, 1,234,567 is "1.23 M". */
export function short(value: number, digits = 6): Shown {
  if (!Number.isFinite(value)) return { text: String(value) };
  if (!Number.isInteger(value)) {
    const text = fraction.format(Number(value.toPrecision(4)));
    const full = fraction.format(value);
    return text === full ? { text } : { text: `≈ ${text}`, full };
  }
  if (Math.abs(value) < 10 ** digits) return { text: whole.format(value) };
  const [unit, letter] = UNITS.find(([size]) => Math.abs(value) >= size)!;
  return { text: `${(value / unit).toFixed(Math.abs(value / unit) < 100 ? 2 : 1)} ${letter}`, full: whole.format(value) };
}

/** Ticks of an axis: never more than a few characters. */
export function tick(value: number): string {
  if (Math.abs(value) < 1000) return fraction.format(Number(value.toPrecision(6)));
  const [unit, letter] = UNITS.find(([size]) => Math.abs(value) >= size)!;
  return `${fraction.format(Number((value / unit).toPrecision(4)))} ${letter}`;
}

/** By how much `now` differs from `before`: "+12 %", or null when there is nothing to compare with. */
export function change(now: number, before: number): string | null {
  if (!(before > 0)) return null;
  const percent = ((now - before) / before) * 100;
  const text = Math.abs(percent) < 10 ? percent.toFixed(1) : percent.toFixed(0);
  return `${percent > 0 ? '+' : ''}${Number(text) === 0 ? '0' : text.replace('-', '−')} %`;
}

const BYTES: [number, string][] = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1024, 'KiB'],
];

export function bytes(value: number): Shown {
  const unit = BYTES.find(([size]) => Math.abs(value) >= size);
  if (!unit) return { text: `${whole.format(value)} B` };
  return { text: `${(value / unit[0]).toFixed(1)} ${unit[1]}`, full: `${whole.format(value)} bytes` };
}

/** A length of time: "0.8 ms", "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '∞';
  if (seconds === 0) return '0 s';
  if (seconds < 0.001) return `${Number((seconds * 1e6).toPrecision(3))} µs`;
  if (seconds < 1) return `${Number((seconds * 1e3).toPrecision(3))} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const all = Math.round(seconds);
  if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
  if (all < 86400) return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
  return `${Math.floor(all / 86400)} d ${Math.floor((all % 86400) / 3600)} h`;
}
