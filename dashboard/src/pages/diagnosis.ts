// SPDX-License-Identifier: Apache-2.0
/** What is wrong, each in one sentence with the page that says what to do. */
import type { Audit } from '../api/types';
import { single, type Metrics } from '../api/metrics';
import { duration } from '../format/number';

export interface Finding {
  level: 'bad' | 'warn';
  sentence: string;
  /** A page of docs/ and its part. */
  page: string;
  anchor: string;
}

const LAG_RECORDS = 100_000;
const CHECKPOINT_SECONDS = 300;

type Rule = (audit: Audit | null, metrics: Metrics) => Omit<Finding, 'page' | 'anchor'> | null;

const is = (metrics: Metrics, name: string, value: number): boolean => single(metrics, name) === value;

const RULES: [rule: Rule, page: string, anchor: string][] = [
  [(_, m) => (is(m, 'log_writable', 0) ? { level: 'bad', sentence: 'The log cannot make events durable: events are refused until that is mended.' } : null), 'errors', 'while-it-runs'],
  [(_, m) => (is(m, 'processor_failed', 1) ? { level: 'bad', sentence: 'Processing has stopped: events are taken and kept, but not counted until a restart.' } : null), 'errors', 'while-it-runs'],
  [(audit) => brokenBooks(audit), 'errors', 'while-it-runs'],
  [(_, m) => (is(m, 'processor_checkpoint_failing', 1) ? { level: 'bad', sentence: 'The last checkpoint could not be written: after a restart more of the log is read again.' } : null), 'errors', 'while-it-runs'],
  [(_, m) => (is(m, 'processor_base_failing', 1) ? { level: 'warn', sentence: 'The base could not be kept: retention waits, and the log grows.' } : null), 'errors', 'while-it-runs'],
  [(_, m) => oldCheckpoint(m, (age) => `The last checkpoint is ${duration(age)} old; it should be some seconds.`), 'errors', 'while-it-runs'],
  [(_, m) => above(m, 'processor_lag_records', LAG_RECORDS, (lag) => `Counting is ${lag.toLocaleString('en-US')} records behind what is durable.`), 'errors', 'while-it-runs'],
  [(_, m) => above(m, 'log_retention_failures_total', 0, () => 'Old segments of the log could not be dropped: the disk fills up.'), 'errors', 'while-it-runs'],
  [(_, m) => (is(m, 'dedup_window_pressure', 1) ? { level: 'warn', sentence: 'More ids are in the dedup window than dedup.ids_limit: memory grows beyond what was planned.' } : null), 'errors', 'while-it-runs'],
  [(audit) => (audit?.clock.doubted ? { level: 'warn', sentence: 'This machine’s clock is in doubt: events count, but no window is final until somebody says that the time is right.' } : null), 'errors', 'while-it-runs'],
  [(_, m) => above(m, 'views_sampled', 0, (n) => `${n} view${n === 1 ? ' counts' : 's count'} a sample of keys, as there are more than fit its budget.`), 'errors', 'while-it-runs'],
  [(_, m) => above(m, 'verdicts_blocks_damaged_total', 0, () => 'Stored verdicts of dedup are damaged; dedup decides again for these records.'), 'errors', 'the-state-folder'],
];

function above(metrics: Metrics, name: string, limit: number, sentence: (value: number) => string): Omit<Finding, 'page' | 'anchor'> | null {
  const value = single(metrics, name);
  return value !== null && value > limit ? { level: 'warn', sentence: sentence(value) } : null;
}

/** Without anything new there is no checkpoint. */
function oldCheckpoint(metrics: Metrics, sentence: (age: number) => string): Omit<Finding, 'page' | 'anchor'> | null {
  const isNew = (single(metrics, 'verdicts_unsaved') ?? 0) > 0 || (single(metrics, 'processor_lag_records') ?? 0) > 0;
  return isNew ? above(metrics, 'processor_checkpoint_age_seconds', CHECKPOINT_SECONDS, sentence) : null;
}

function brokenBooks(audit: Audit | null): Omit<Finding, 'page' | 'anchor'> | null {
  if (!audit || audit.balanced) return null;
  const broken = audit.equations.filter(({ holds }) => !holds);
  const where = broken.map(({ where: at }) => (Array.isArray(at) ? at.join(', ') : at)).filter(Boolean).join('; ');
  return { level: 'bad', sentence: `The books do not balance: ${broken.map(({ equation }) => equation).join('; ')}${where ? ` (${where})` : ''}.` };
}

export function diagnose(audit: Audit | null, metrics: Metrics): Finding[] {
  return RULES.flatMap(([rule, page, anchor]) => {
    const found = rule(audit, metrics);
    return found ? [{ ...found, page, anchor }] : [];
  });
}
