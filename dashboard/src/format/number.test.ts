// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { bytes, change, duration, inFull, short, tick } from './number';

describe('short', () => {
  it('shows up to six digits as they are', () => {
    expect(short(0)).toEqual({ text: '0' });
    expect(short(999_999)).toEqual({ text: '999,999' });
    expect(short(-12_345)).toEqual({ text: '-12,345' });
  });
  it('says of what is rounded how much it is', () => {
    expect(short(1_234_567)).toEqual({ text: '1.23 M', full: '1,234,567' });
    expect(short(987_654_321_012)).toEqual({ text: '987.7 G', full: '987,654,321,012' });
    expect(short(0.123456789)).toEqual({ text: '≈ 0.1235', full: '0.123456789' });
  });
  it('does not say so of what is not rounded', () => {
    expect(short(2.5)).toEqual({ text: '2.5' });
    expect(short(1_234_567, 9)).toEqual({ text: '1,234,567' });
  });
});

describe('change', () => {
  it('is of the period before', () => {
    expect(change(112, 100)).toBe('+12 %');
    expect(change(98.5, 100)).toBe('−1.5 %');
    expect(change(100, 100)).toBe('0 %');
    expect(change(0, 100)).toBe('−100 %');
  });
  it('is nothing without one', () => {
    expect(change(5, 0)).toBeNull();
    expect(change(5, NaN)).toBeNull();
  });
});

it('shows lengths of time in the unit that fits', () => {
  expect([0.00025, 0.0125, 3.456, 59.99, 200, 7500, 200_000].map(duration)).toEqual(['250 µs', '12.5 ms', '3.46 s', '60 s', '3 min 20 s', '2 h 5 min', '2 d 7 h']);
});

it('shows sizes with the whole number beside them', () => {
  expect(bytes(512)).toEqual({ text: '512 B' });
  expect(bytes(67_108_864)).toEqual({ text: '64.0 MiB', full: '67,108,864 bytes' });
});

it('keeps ticks short and numbers in full whole', () => {
  expect(tick(1500)).toBe('1.5 k');
  expect(tick(250)).toBe('250');
  expect(inFull(1_234_567.25)).toBe('1,234,567.25');
});
