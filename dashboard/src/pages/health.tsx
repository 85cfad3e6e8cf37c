/** Whether all is well: what is wrong first, then the books, the losses on the way, and the machine. */
import { readGaps } from '../api/gaps';
import { histogram, perBucket, quantileBound, single, type Metrics } from '../api/metrics';
import { readAudit, readMetrics } from '../api/requests';
import type { Audit, Collector } from '../api/types';
import { bytes, duration } from '../format/number';
import { ago, exact } from '../format/time';
import { Empty, ErrorNote, Loading, Num, ShownNum } from '../parts/basics';
import { useLoaded, useNow } from '../parts/use';
import { shownZone } from '../parts/zone';
import { formatPlace } from '../router/location';
import { diagnose, type Finding, type Known } from './diagnosis';
import { Gaps, gapsFrom } from './gaps';
import { MISSED_ANCHOR, missedText } from './missed_words';

const EVERY_MS = 2000;
const GAPS_EVERY_MS = 10_000;
const BAR_PX = 72;

export function HealthPage() {
  const now = useNow(10_000);
  const audit = useLoaded((signal) => readAudit(signal), [], EVERY_MS);
  const metrics = useLoaded((signal) => readMetrics(signal), [], EVERY_MS);
  const from = gapsFrom(now);
  const gaps = useLoaded((signal) => readGaps(from, signal), [from], GAPS_EVERY_MS);
  const error = audit.error ?? metrics.error;
  if (!audit.value && !metrics.value) {
    return <main id="main" tabIndex={-1}><h1>Health</h1>{error ? <ErrorNote error={error} retry={audit.reload} /> : <Loading />}</main>;
  }
  const numbers: Metrics = metrics.value ?? new Map();
  // What was read before is shown, but nothing is concluded from it.
  const known: Known = { audit: audit.error ? null : audit.value, metrics: metrics.error ? null : metrics.value, gaps: gaps.error ? null : gaps.value, now };
  const isRead = (audit.value ?? audit.error) && (metrics.value ?? metrics.error);
  return (
    <main id="main" tabIndex={-1}>
      <h1>Health</h1>
      {error && <ErrorNote error={error} />}
      {isRead ? <Verdict findings={diagnose(known)} /> : <Loading />}
      {audit.value && <Sources audit={audit.value} />}
      <div class="columns">
        {audit.value && <Books audit={audit.value} />}
        <Gaps value={gaps.value} error={gaps.error} />
        {audit.value && <Partitions audit={audit.value} />}
        {audit.value && <Collectors collectors={audit.value.collectors ?? []} />}
        <Refusals audit={audit.value} metrics={numbers} />
        <Times metrics={numbers} />
        <Disk metrics={numbers} />
      </div>
    </main>
  );
}

function Verdict({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return <p class="note good" role="status">All is well: events are taken, counted once, and the books balance.</p>;
  return (
    <div role="alert">
      <ul class="findings">
        {findings.map(({ level, sentence, page, anchor, entry }) => (
          <li key={entry} class={`note ${level}`}>{sentence} <a href={formatPlace(['docs', page, anchor, entry])} aria-label={`What to do: ${sentence}`}>What to do</a></li>
        ))}
      </ul>
    </div>
  );
}

function Books({ audit }: { audit: Audit }) {
  return (
    <section class="panel" aria-label="The books">
      <h2>The books</h2>
      <p class="fresh">Of every record of the log, at one moment; digests tell a loss and a double apart where counts cancel out.</p>
      <ul class="equations">
        {audit.equations.map(({ equation, holds, where }) => (
          <li key={equation}>
            <span class={holds ? 'good-text' : 'bad-text'}>{holds ? '✓ holds' : '✗ broken'}</span> <code>{equation}</code>
            {where && <p class="bad-text small">{Array.isArray(where) ? where.join(', ') : where}</p>}
          </li>
        ))}
      </ul>
      {audit.missed_duplicates && <p>{missedText(audit.missed_duplicates)} <a href={formatPlace(['docs', 'cluster', MISSED_ANCHOR])}>What this means</a></p>}
    </section>
  );
}

const COLUMNS: [key: keyof Audit['sources'][number], name: string, what: string][] = [
  ['received', 'received', 'records, dead letters included'],
  ['rejected', 'rejected', 'not accepted, kept as dead letters'],
  ['unique', 'unique', 'accepted and not seen before'],
  ['duplicate', 'duplicate', 'seen before within the dedup window'],
  ['conflict', 'conflict', 'of these: with other content than the first'],
  ['late', 'late', 'came when the watermark had passed their minute; counted all the same'],
  ['clock_corrected', 'clock corrected', 'event time moved by the error of the device’s clock'],
];

function Sources({ audit }: { audit: Audit }) {
  return (
    <section class="panel wide" aria-label="Sources">
      <h2>Sources</h2>
      {audit.sources.length === 0 ? (
        <Empty title="No source has sent anything yet."><p><a href="#/setup">Set up</a> has a snippet for yours.</p></Empty>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Events by source">
          <table>
            <thead><tr><th scope="col">source</th>{COLUMNS.map(([key, name, what]) => <th scope="col" class="right" key={key} title={what}>{name}</th>)}</tr></thead>
            <tbody>
              {audit.sources.map((source) => (
                <tr key={source.source}>
                  <td class="text">{source.source}</td>
                  {COLUMNS.map(([key]) => <td key={key} class="right"><Num value={source[key] as number} digits={12} /></td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Partitions({ audit }: { audit: Audit }) {
  const now = useNow(1000);
  const zone = shownZone('UTC');
  return (
    <section class="panel" aria-label="Watermark and lag">
      <h2>Watermark and lag</h2>
      <p class="fresh">Times in {zone}.</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Partitions">
        <table>
          <thead><tr><th scope="col">partition</th><th scope="col">watermark</th><th scope="col" class="right">behind now</th><th scope="col" class="right">records</th><th scope="col" class="right" title="durable and not yet counted">lag</th></tr></thead>
          <tbody>
            {audit.partitions.map(({ partition, watermark, processed, end }) => (
              <tr key={partition}>
                <td>{partition}</td>
                <td class="nowrap">{watermark ? exact(watermark, zone) : 'none yet'}</td>
                <td class="right">{watermark ? ago(watermark, now) : '–'}</td>
                <td class="right"><Num value={end} digits={12} /></td>
                <td class="right"><Num value={end - processed} digits={12} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const COLLECTOR_COLUMNS: [name: string, what: string, value: (one: Collector) => number][] = [
  ['acknowledged', 'that it says are there', (one) => one.acknowledged],
  ['arrived', 'of these, and of those of which it does not know', (one) => one.arrived],
  ['unknown, there', 'it does not know, and they are there', (one) => one.unknown.present],
  ['unknown, not there', 'it does not know, and they are not: their senders sent them again', (one) => one.unknown.absent],
  ['unreported', 'there, and it has not spoken of them; of one that is gone it never will', (one) => one.unreported],
  ['not read yet', 'said to be there, and not counted so far', (one) => one.behind],
];
const collectorName = ({ collector, state, lives }: Collector): string => collector ?? `${lives} that ${state === 'left' ? 'left' : 'are gone'}`;

/** Of a cluster alone. */
function Collectors({ collectors }: { collectors: Collector[] }) {
  if (collectors.length === 0) return null;
  return (
    <section class="panel wide" aria-label="Collectors">
      <h2>Collectors</h2>
      <p class="fresh">What each says of its records, against what partitions have. docs/cluster.md says what it means.</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Records by collector">
        <table>
          <thead>
            <tr>
              <th scope="col">collector</th><th scope="col">state</th><th scope="col">account</th>
              {COLLECTOR_COLUMNS.map(([name, what]) => <th scope="col" class="right" key={name} title={what}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {collectors.map((one) => (
              <tr key={`${one.collector} ${one.state}`}>
                <td class="text">{collectorName(one)}</td>
                <td>{one.state}</td>
                <td class={one.equal ? 'good-text' : 'bad-text'}>{one.equal ? 'equal' : 'NOT EQUAL'}</td>
                {COLLECTOR_COLUMNS.map(([name, , value]) => <td key={name} class="right"><Num value={value(one)} digits={12} /></td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Refusals({ audit, metrics }: { audit: Audit | null; metrics: Metrics }) {
  const rejected = (metrics.get('collector_rejections_total') ?? []).filter(({ value }) => value > 0);
  const refused = audit?.refused ?? [];
  return (
    <section class="panel" aria-label="Not accepted">
      <h2>Not accepted, by reason</h2>
      <p class="fresh">Since the start of the server.</p>
      {rejected.length === 0 && refused.length === 0 ? <Empty title="Everything that was sent was accepted." /> : (
        <table>
          <thead><tr><th scope="col">reason</th><th scope="col">what</th><th scope="col" class="right">how many</th></tr></thead>
          <tbody>
            {rejected.map(({ labels, value }) => (
              <tr key={labels.code}><td><a href={'#/events?mode=search&verdict=rejected'}>{labels.code}</a></td><td>events kept as dead letters</td><td class="right"><Num value={value} digits={12} /></td></tr>
            ))}
            {refused.map(({ source, code, requests }) => (
              <tr key={`${source} ${code}`}><td>{code}</td><td class="text">requests of {source || 'nobody known'}, nothing stored</td><td class="right"><Num value={requests} digits={12} /></td></tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Times({ metrics }: { metrics: Metrics }) {
  return (
    <section class="panel" aria-label="How fast">
      <h2>How fast</h2>
      <p class="fresh">Since the start of the server. Each bar: how many took up to so long.</p>
      <HistogramBars metrics={metrics} name="api_ack_seconds" title="Acknowledgement" />
      <HistogramBars metrics={metrics} name="view_delay_seconds" title="From arrival to counted" />
      <HistogramBars metrics={metrics} name="log_sync_seconds" title="Sync of the disk" />
    </section>
  );
}

const upTo = (bound: number | null): string => (bound === null ? '–' : Number.isFinite(bound) ? `≤ ${duration(bound)}` : 'beyond the last bound');

function HistogramBars({ metrics, name, title }: { metrics: Metrics; name: string; title: string }) {
  const of = histogram(metrics, name);
  if (!of || of.count === 0) return <p class="small muted">{title}: nothing measured yet.</p>;
  const counts = perBucket(of);
  const most = Math.max(...counts);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.length - 1 - [...counts].reverse().findIndex((count) => count > 0);
  const label = (index: number): string => (index < of.bounds.length ? `up to ${duration(of.bounds[index]!)}` : 'longer');
  return (
    <figure class="histogram" style={{ maxWidth: `${(last - first + 1) * BAR_PX}px` }}>
      <figcaption><strong>{title}</strong>: half {upTo(quantileBound(of, 0.5))}, 99 of 100 {upTo(quantileBound(of, 0.99))}; <Num value={of.count} digits={9} /> measured</figcaption>
      <ol>
        {counts.slice(first, last + 1).map((count, index) => (
          <li key={index} title={`${label(first + index)}: ${count}`}><span style={{ height: `${(count / most) * 100}%` }} /><span class="sr">{label(first + index)}: {count}</span></li>
        ))}
      </ol>
      <p class="ends small muted"><span>{label(first)}</span>{last > first && <span>{label(last)}</span>}</p>
    </figure>
  );
}

function Disk({ metrics }: { metrics: Metrics }) {
  const size = (name: string) => {
    const value = single(metrics, name);
    return value === null ? <span class="muted">–</span> : <ShownNum shown={bytes(value)} />;
  };
  const age = single(metrics, 'processor_checkpoint_age_seconds');
  const rows: [string, preact.ComponentChildren][] = [
    ['Free where the data is', single(metrics, 'data_disk_free_bytes') === null ? size('data_disk_free_bytes') : <>{size('data_disk_free_bytes')} of {size('data_disk_bytes')}</>],
    ['Event log', size('log_retained_bytes')],
    ['State (checkpoint)', size('checkpoint_disk_bytes')],
    ['Base', size('base_disk_bytes')],
    ['Verdicts of dedup', size('verdicts_disk_bytes')],
    ['Last checkpoint', age === null ? '–' : `${duration(age)} ago`],
    ['Memory of the process', size('process_resident_memory_bytes')],
    ['Memory of views', size('view_memory_bytes')],
    ['Memory of dedup', size('dedup_memory_bytes')],
    ['Live streams open', <Num value={single(metrics, 'api_live_streams')} />],
  ];
  return (
    <section class="panel" aria-label="Disk and memory">
      <h2>Disk and memory</h2>
      <dl class="facts">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  );
}
