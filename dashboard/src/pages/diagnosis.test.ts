// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import errors from '../../../docs/errors.md?raw';
import type { Gap, Gaps } from '../api/gaps';
import { parseMetrics } from '../api/metrics';
import type { Audit, Source } from '../api/types';
import { diagnose, ENTRIES, type Known } from './diagnosis';
import { hasEntry, parseMarkdown } from './markdown';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const source = (name: string, newest: string | null): Source => ({ source: name, newest_received: newest }) as Source;
const AUDIT: Audit = { balanced: true, equations: [], sources: [source('web', '2026-11-27T11:59:00Z')], partitions: [], refused: [], clock: { doubted: false, undecided_doubts: 0 } };
const GAP: Gap = { source: 'web', missing_at_least: 0, missing_devices: 0, dropped: {}, open_tail: 0, open_tail_devices: 0, not_believed: { missing: 0, devices: 0, open_tail: 0, open_tail_devices: 0 }, unnumbered_devices: 0 };
const gaps = (arrived: number, missing: number, complete = true): Gaps => ({
  complete, behind_records: 0, unseen: '', next: null,
  sources: [{ ...GAP, devices: 1, arrived, missing_at_least: missing + 500_000 }], // Of all days: those of long ago say nothing of now.
  rows: missing ? [{ ...GAP, day: '2026-11-27', missing_at_least: missing }] : [],
});
const WELL: Known = { audit: AUDIT, metrics: parseMetrics('log_writable 1\nprocessor_failed 0\nprocessor_lag_records 12\nprocessor_checkpoint_age_seconds 9\n'), gaps: null, now: NOW };
const sentences = (known: Partial<Known>): string[] => diagnose({ ...WELL, ...known }).map(({ sentence }) => sentence);
const withSources = (...sources: Source[]): Partial<Known> => ({ audit: { ...AUDIT, sources } });

describe('a diagnosis', () => {
  it('finds nothing where all is well', () => {
    expect(sentences({})).toEqual([]);
    expect(sentences({ metrics: parseMetrics('processor_checkpoint_age_seconds 4000\nverdicts_unsaved 0') })).toEqual([]);
    expect(sentences({ metrics: parseMetrics('data_disk_free_bytes 1073741824') })).toEqual([]);
  });
  it('never says that all is well of what is not known', () => {
    expect(sentences({ audit: null })).toEqual([expect.stringContaining('The books cannot be read')]);
    expect(sentences({ metrics: null })).toEqual([expect.stringContaining('The metrics cannot be read')]);
    expect(sentences({ audit: null, metrics: null })).toHaveLength(2);
  });
  it.each([
    ['log_writable 0', 'cannot make events durable'],
    ['processor_failed 1', 'Processing has stopped'],
    ['processor_checkpoint_failing 1', 'checkpoint could not be written'],
    ['processor_checkpoint_age_seconds 4000\nverdicts_unsaved 3', '1 h 6 min old'],
    ['processor_lag_records 2000000', '2,000,000 records behind'],
    ['data_disk_free_bytes 104857600', 'Only 100.0 MiB are free'],
    ['dedup_window_pressure 1', 'dedup.ids_limit'],
    ['views_sampled 2', '2 views count a sample'],
    ['verdicts_blocks_damaged_total 1', 'verdicts of dedup are damaged'],
  ])('of %s says "%s"', (metric, sentence) => {
    expect(sentences({ metrics: parseMetrics(metric) })).toEqual([expect.stringContaining(sentence)]);
  });
  it('names the equation that is broken, and where', () => {
    const broken = { ...AUDIT, balanced: false, equations: [{ equation: 'a = b', holds: true }, { equation: 'counted = unique', holds: false, where: ['web: 10 != 9'] }] };
    expect(sentences({ audit: broken })).toEqual(['The books do not balance: counted = unique (web: 10 != 9).']);
  });
  it('says that the clock is in doubt', () => {
    expect(diagnose({ ...WELL, audit: { ...AUDIT, clock: { doubted: true, undecided_doubts: 1 } } })[0]!.level).toBe('warn');
  });
  it('says what was lost on the way, beyond a hundredth', () => {
    expect(sentences({ gaps: gaps(1000, 1000) })).toEqual(['Events were lost on the way in the last days, at least 1,000 of web.']);
    expect(sentences({ gaps: gaps(5, 5) })).toEqual(['Events were lost on the way in the last days, at least 5 of web.']);
    for (const few of [gaps(100_000, 900), gaps(990, 10), gaps(1000, 0), gaps(1000, 1000, false)]) expect(sentences({ gaps: few })).toEqual([]);
  });
  it('says that nothing arrives', () => {
    expect(sentences(withSources())).toEqual(['No event has arrived yet.']);
    expect(sentences(withSources(source('web', '2026-11-27T10:30:00Z')))).toEqual(['No event of any source has arrived for 1 h 30 min.']);
    expect(sentences(withSources(source('web', '2026-11-27T11:30:00Z'), source('ios', '2026-11-25T11:00:00Z'), source('tv', '2026-09-01T00:00:00Z')))).toEqual(['Nothing has arrived of ios for 2 d 1 h.']);
    expect(sentences(withSources(source('web', '2026-11-27T11:30:00Z'), source('ios', '2026-11-27T01:00:00Z')))).toEqual([]);
  });
});

it.each(ENTRIES)('the entry "$entry" that a finding leads to is there', ({ anchor, entry }) => {
  expect(hasEntry(parseMarkdown(errors), anchor, entry)).toBe(true);
});

it('an entry that is not there is not found', () => {
  expect(hasEntry(parseMarkdown(errors), 'while-it-runs', 'no such thing')).toBe(false);
  expect(hasEntry(parseMarkdown(errors), 'start', 'log_writable')).toBe(false);
});
