// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { pauseMs } from './use_answer';

describe('a query that is asked again and again', () => {
  it('takes a tenth of the time at most', () => {
    expect(pauseMs(3, 0)).toBe(1000);
    expect(pauseMs(900, 0)).toBe(9000);
  });
  it('is asked seldom where it is cut', () => {
    expect(pauseMs(3, 0, true)).toBe(60_000);
  });
  it('waits longer each time that it is refused', () => {
    expect([1, 2, 3].map((refusals) => pauseMs(0, refusals))).toEqual([3000, 6000, 12_000]);
    expect(pauseMs(0, 50)).toBe(60_000);
  });
});
