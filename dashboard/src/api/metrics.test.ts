// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { histogram, parseMetrics, perBucket, quantileBound, single } from './metrics';

const TEXT = `# HELP api_ack_seconds From a request's last byte
# TYPE api_ack_seconds histogram
api_ack_seconds_count 10
api_ack_seconds_sum 0.5
api_ack_seconds_bucket{le="0.001"} 4
api_ack_seconds_bucket{le="0.01"} 9
api_ack_seconds_bucket{le="+Inf"} 10
log_writable 1
collector_requests_refused_total{source="a \\"b\\", c",code="invalid_json"} 3 1700000000
processor_lag_records 1.5e+06
`;

it('reads values and labels with quotes and commas in them', () => {
  const metrics = parseMetrics(TEXT);
  expect(single(metrics, 'log_writable')).toBe(1);
  expect(single(metrics, 'processor_lag_records')).toBe(1_500_000);
  expect(single(metrics, 'nothing')).toBeNull();
  expect(metrics.get('collector_requests_refused_total')).toEqual([{ labels: { source: 'a "b", c', code: 'invalid_json' }, value: 3 }]);
});

it('reads histograms', () => {
  const of = histogram(parseMetrics(TEXT), 'api_ack_seconds')!;
  expect(of).toEqual({ bounds: [0.001, 0.01], cumulative: [4, 9], count: 10, sum: 0.5 });
  expect(perBucket(of)).toEqual([4, 5, 1]);
  expect(quantileBound(of, 0.4)).toBe(0.001);
  expect(quantileBound(of, 0.5)).toBe(0.01);
  expect(quantileBound(of, 0.99)).toBe(Infinity);
  expect(histogram(parseMetrics(TEXT), 'log_writable')).toBeNull();
});
