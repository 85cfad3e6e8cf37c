// SPDX-License-Identifier: Apache-2.0
/** What dedup within partitions alone has missed, in words. */
import type { MissedDuplicates } from '../api/types';

/** Where docs/cluster.md says what it means. */
export const MISSED_ANCHOR = 'what-is-missed-within-partitions';

const said = (count: number): string => count.toLocaleString('en-US');
const events = (count: number): string => `${said(count)} event${count === 1 ? '' : 's'}`;

/** One sentence; an estimate is called so. */
export function missedText(missed: MissedDuplicates): string {
  if (missed.sample === 0) return 'An id counts once in each partition; how often one counts in two is not measured (dedup.missed_sample is 0).';
  const isWhole = missed.sample === 1 && missed.unasked === 0;
  const today = missed.hours.reduce((sum, { estimate }) => sum + estimate, 0);
  const asked = isWhole ? `of ${events(missed.asked)}` : `of ${events(missed.asked)} in a sample of ${(missed.sample * 100).toLocaleString('en-US', { maximumFractionDigits: 4 })} % of all ids`;
  const all = isWhole ? '' : `, so an estimated ${events(missed.estimate)} in all`;
  const newest = missed.hours.length > 0 ? `; ${said(today)} of them in the newest ${missed.hours.length === 1 ? 'hour' : `${missed.hours.length} hours`}` : '';
  return `An id counts once in each partition: ${asked}, ${said(missed.missed)} had come to another partition before and counted twice${all}${newest}.`;
}
