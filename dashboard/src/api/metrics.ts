// SPDX-License-Identifier: Apache-2.0
/** Prometheus' text format, as /metrics has it. */

export interface Sample {
  labels: Record<string, string>;
  value: number;
}
export type Metrics = Map<string, Sample[]>;

export interface Histogram {
  /** Upper bounds, ascending, without +Inf, and how many are at or below each. */
  bounds: number[];
  cumulative: number[];
  count: number;
  sum: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

export function parseMetrics(text: string): Metrics {
  const metrics: Metrics = new Map();
  for (const line of text.split('\n')) {
    const found = line.startsWith('#') ? null : LINE.exec(line);
    if (!found) continue;
    const labels: Record<string, string> = {};
    for (const [, name, value] of (found[2] ?? '').matchAll(LABEL)) labels[name!] = unescaped(value!);
    const samples = metrics.get(found[1]!) ?? [];
    samples.push({ labels, value: found[3] === '+Inf' ? Infinity : Number(found[3]) });
    metrics.set(found[1]!, samples);
  }
  return metrics;
}

/** The value of a metric without labels; null: there is none. */
export function single(metrics: Metrics, name: string): number | null {
  return metrics.get(name)?.[0]?.value ?? null;
}

export function histogram(metrics: Metrics, name: string): Histogram | null {
  const buckets = (metrics.get(`${name}_bucket`) ?? [])
    .map(({ labels, value }) => ({ bound: labels.le === '+Inf' ? Infinity : Number(labels.le), value }))
    .sort((a, b) => a.bound - b.bound);
  const count = single(metrics, `${name}_count`);
  if (count === null || buckets.length === 0) return null;
  const finite = buckets.filter(({ bound }) => Number.isFinite(bound));
  return {
    bounds: finite.map(({ bound }) => bound),
    cumulative: finite.map(({ value }) => value),
    count,
    sum: single(metrics, `${name}_sum`) ?? 0,
  };
}

/** The bound that at least the share `q` is at or below; null: no samples. Infinity: beyond the last one. */
export function quantileBound(of: Histogram, q: number): number | null {
  if (of.count === 0) return null;
  const index = of.cumulative.findIndex((count) => count >= q * of.count);
  return index < 0 ? Infinity : of.bounds[index]!;
}

/** How many are in each bucket, the last one those beyond all bounds. */
export function perBucket(of: Histogram): number[] {
  const counts = of.cumulative.map((count, index) => count - (of.cumulative[index - 1] ?? 0));
  return [...counts, of.count - (of.cumulative[of.cumulative.length - 1] ?? 0)];
}
