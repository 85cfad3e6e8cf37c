// SPDX-License-Identifier: Apache-2.0
/** What is wrong, each in one sentence with the entry of docs/ that says what to do. */
import type { Gaps } from '../api/gaps';
import { single, type Metrics } from '../api/metrics';
import type { Audit } from '../api/types';
import { bytes, duration } from '../format/number';

export interface Finding {
  level: 'bad' | 'warn';
  sentence: string;
  /** A page of docs/, its part, and what the entry there has in its first column. */
  page: string;
  anchor: string;
  entry: string;
}

/** What is known of the server; null: it could not be read, or not any more. */
export interface Known {
  audit: Audit | null;
  metrics: Metrics | null;
  /** Null also for who may not read them. */
  gaps: Gaps | null;
  now: number;
}

const LAG_RECORDS = 100_000;
const CHECKPOINT_SECONDS = 300;
const FREE_BYTES_MIN = 2 ** 30;
/** Of all sources together, and of one; a source that is silent for longer than that is taken for one that is over. */
const SILENT_SECONDS = 3600;
const SOURCE_SILENT_SECONDS = 86_400;
const SOURCE_OVER_SECONDS = 30 * 86_400;
/** What may be missing of a source in the days that are read, of what ever came or should have come in these days. */
const MISSING_SHARE = 0.01;

type Found = Pick<Finding, 'level' | 'sentence'>;
type Rule = (known: Known) => Found | null;

const bad = (sentence: string): Found => ({ level: 'bad', sentence });
const warn = (sentence: string): Found => ({ level: 'warn', sentence });

/** A rule on a metric: where it has `value`. */
const is = (name: string, value: number, found: Found): Rule => ({ metrics }) => (metrics && single(metrics, name) === value ? found : null);

/** A rule on a metric: where it is above `limit`. */
const above = (name: string, limit: number, sentence: (value: number) => string): Rule => ({ metrics }) => {
  const value = metrics && single(metrics, name);
  return value !== null && value > limit ? warn(sentence(value)) : null;
};

const RULES: [rule: Rule, anchor: string, entry: string][] = [
  [({ audit }) => (audit ? null : warn('The books cannot be read at this moment: whether every event is counted once is not known.')), 'while-it-runs', 'the books cannot be read'],
  [({ metrics }) => (metrics ? null : warn('The metrics cannot be read at this moment: whether events are taken and counted is not known.')), 'while-it-runs', 'the metrics cannot be read'],
  [is('log_writable', 0, bad('The log cannot make events durable: events are refused until that is mended.')), 'while-it-runs', 'log_writable'],
  [fullDisk, 'while-it-runs', 'data_disk_free_bytes'],
  [is('processor_failed', 1, bad('Processing has stopped: events are taken and kept, but not counted until a restart.')), 'while-it-runs', 'processor_failed'],
  [brokenBooks, 'while-it-runs', 'books_balanced'],
  [is('processor_checkpoint_failing', 1, bad('The last checkpoint could not be written: after a restart more of the log is read again.')), 'while-it-runs', 'processor_checkpoint_failing'],
  [is('processor_base_failing', 1, warn('The base could not be kept: retention waits, and the log grows.')), 'while-it-runs', 'processor_base_failing'],
  [oldCheckpoint, 'while-it-runs', 'processor_checkpoint_age_seconds'],
  [above('processor_lag_records', LAG_RECORDS, (lag) => `Counting is ${inFull(lag)} records behind what is durable.`), 'while-it-runs', 'processor_lag_records'],
  [above('log_retention_failures_total', 0, () => 'Old segments of the log could not be dropped: the disk fills up.'), 'while-it-runs', 'log_retention_failures_total'],
  [is('dedup_window_pressure', 1, warn('More ids are in the dedup window than dedup.ids_limit: memory grows beyond what was planned.')), 'while-it-runs', 'dedup_window_pressure'],
  [({ audit }) => (audit?.clock.doubted ? warn('This machine’s clock is in doubt: events count, but no window is final until somebody says that the time is right.') : null), 'while-it-runs', 'clock_doubted'],
  [above('views_sampled', 0, (n) => `${n} view${n === 1 ? ' counts' : 's count'} a sample of keys, as there are more than fit its budget.`), 'while-it-runs', 'views_sampled'],
  [above('verdicts_blocks_damaged_total', 0, () => 'Stored verdicts of dedup are damaged; dedup decides again for these records.'), 'while-it-runs', 'verdicts_blocks_damaged_total'],
  [lossy, 'while-it-runs', 'missing_at_least'],
  [silent, 'while-it-runs', 'nothing arrives'],
];

const inFull = (value: number): string => value.toLocaleString('en-US');

function fullDisk({ metrics }: Known): Found | null {
  const free = metrics && single(metrics, 'data_disk_free_bytes');
  return free !== null && free < FREE_BYTES_MIN ? warn(`Only ${bytes(free).text} are free where the data is; once it is full, events are refused.`) : null;
}

/** Without anything new there is no checkpoint. */
function oldCheckpoint(known: Known): Found | null {
  const value = (name: string): number => (known.metrics && single(known.metrics, name)) ?? 0;
  if (value('verdicts_unsaved') === 0 && value('processor_lag_records') === 0) return null;
  return above('processor_checkpoint_age_seconds', CHECKPOINT_SECONDS, (age) => `The last checkpoint is ${duration(age)} old; it should be some seconds.`)(known);
}

function brokenBooks({ audit }: Known): Found | null {
  if (!audit || audit.balanced) return null;
  const broken = audit.equations.filter(({ holds }) => !holds);
  const where = broken.map(({ where: at }) => (Array.isArray(at) ? at.join(', ') : at)).filter(Boolean).join('; ');
  return bad(`The books do not balance: ${broken.map(({ equation }) => equation).join('; ')}${where ? ` (${where})` : ''}.`);
}

/** Sources of which more was lost on the way in the days that are read than may be, of what ever came. */
function lossy({ gaps }: Known): Found | null {
  if (!gaps?.complete) return null;
  const lost = gaps.sources.flatMap(({ source, arrived }) => {
    const missing = gaps.rows.filter((row) => row.source === source).reduce((sum, row) => sum + row.missing_at_least, 0);
    return missing > MISSING_SHARE * (arrived + missing) ? [`${inFull(missing)} of ${source}`] : [];
  });
  return lost.length ? warn(`Events were lost on the way in the last days, at least ${lost.join(', ')}.`) : null;
}

/** Nothing comes: of no source, or of one that sent before. */
function silent({ audit, now }: Known): Found | null {
  if (!audit) return null;
  const ages = audit.sources.flatMap(({ source, newest_received: at }) => (at ? [{ source, seconds: (now - Date.parse(at)) / 1000 }] : []));
  if (ages.length === 0) return warn('No event has arrived yet.');
  const newest = Math.min(...ages.map(({ seconds }) => seconds));
  if (newest > SILENT_SECONDS) return warn(`No event of any source has arrived for ${duration(newest)}.`);
  const quiet = ages.filter(({ seconds }) => seconds > SOURCE_SILENT_SECONDS && seconds < SOURCE_OVER_SECONDS);
  return quiet.length ? warn(`Nothing has arrived ${quiet.map(({ source, seconds }) => `of ${source} for ${duration(seconds)}`).join(', ')}.`) : null;
}

/** What is wrong; nothing: all is known to be well. */
export function diagnose(known: Known): Finding[] {
  return RULES.flatMap(([rule, anchor, entry]) => {
    const found = rule(known);
    return found ? [{ ...found, page: 'errors', anchor, entry }] : [];
  });
}

/** Where each finding leads. */
export const ENTRIES = RULES.map(([, anchor, entry]) => ({ anchor, entry }));
