// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import cluster from '../../../docs/cluster.md?raw';
import type { MissedDuplicates } from '../api/types';
import { parseMarkdown } from './markdown';
import { MISSED_ANCHOR, missedText } from './missed_words';

const NONE = { asked: 0, missed: 0, unasked: 0, estimate: 0 };
const hour = (estimate: number) => ({ ...NONE, hour: '2026-11-28T10:00:00.000000Z', estimate });
const SAMPLE: MissedDuplicates = { ...NONE, asked: 1200, missed: 3, estimate: 48, sample: 0.0625, awaited: 0, before: NONE, hours: [hour(16), hour(16)] };

describe('what dedup within partitions has missed', () => {
  it('is called an estimate', () => {
    expect(missedText(SAMPLE)).toBe(
      'An id counts once in each partition: of 1,200 events in a sample of 6.25 % of all ids, 3 had come to another partition before and counted twice, so an estimated 48 events in all; 32 of them in the newest 2 hours.',
    );
  });

  it('is none where the sample is the whole', () => {
    const whole = { ...SAMPLE, sample: 1, asked: 1, missed: 1, estimate: 1, hours: [hour(1)] };
    expect(missedText(whole)).toBe('An id counts once in each partition: of 1 event, 1 had come to another partition before and counted twice; 1 of them in the newest hour.');
    expect(missedText({ ...whole, unasked: 1 })).toContain('an estimated 1 event in all');
  });

  it('is not known without a sample', () => {
    expect(missedText({ ...SAMPLE, sample: 0 })).toContain('not measured');
  });

  it('is explained in docs/cluster.md', () => {
    expect(parseMarkdown(cluster).some((block) => block.kind === 'heading' && block.id === MISSED_ANCHOR)).toBe(true);
  });
});
