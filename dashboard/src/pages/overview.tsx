/** What happens now and how it compares with the period before. */
import { readView } from '../api/requests';
import type { Answer, View } from '../api/types';
import { TimeChart } from '../charts/time_chart';
import { change, duration } from '../format/number';
import { clock, date, dateTime, windowName } from '../format/time';
import { stepWindow } from '../format/window';
import { Empty, ErrorNote, Loading, Num, Segments, Select } from '../parts/basics';
import { useLoaded, useNow } from '../parts/use';
import { useStore } from '../parts/store';
import { specOf, views } from '../parts/views';
import { shownZone } from '../parts/zone';
import { Freshness, Panel } from '../panels/panel';
import { useAnswer, wholeQuery } from '../panels/use_answer';
import { setParams } from '../router/hooks';
import { formatPlace } from '../router/location';
import { listsOf, type ListOf } from './overview_lists';
import { beforeWord, compare, periodOf, PERIODS, rangeBefore, rangeOf, type Compared, type Period } from './periods';

const DETAIL = { '1m': 'minute', '1h': 'hour', '1d': 'day' } as Record<string, string>;
const USERS = { hour: 'active_users_per_hour', day: 'active_users_per_day', week: 'active_users_per_week', month: 'active_users_per_month' };

export function Overview({ params }: { params: URLSearchParams }) {
  const all = useStore(views) ?? [];
  const now = useNow(10_000);
  const period = periodOf(params.get('period'), params.get('at'), now);
  const source = params.get('source') ?? '';
  const detail = specOf(all, `events_per_${DETAIL[period.detail]}`);
  return (
    <main id="main" tabIndex={-1}>
      <div class="page-head">
        <h1>Overview</h1>
        <Controls period={period} source={source} all={all} />
      </div>
      {detail ? <Figures key={source} period={period} source={source} all={all} detail={detail} now={now} /> : <NoViews />}
      <div class="columns three">
        {listsOf(all, period).map((list) => <ListPanel key={list.title} list={list} period={period} source={source} />)}
      </div>
      <p class="small muted">
        Devices and countries have lists of their own here as soon as a view groups by them. Lists of referrers, campaigns, entry and exit pages are by the day.
      </p>
    </main>
  );
}

function NoViews() {
  return (
    <Empty title="The built-in views are switched off.">
      <p>The overview is made of events_per_minute, _hour and _day. Take them in with views.defaults = "all" in hapax.toml.</p>
    </Empty>
  );
}

function Controls({ period, source, all }: { period: Period; source: string; all: View[] }) {
  const move = (steps: number): void => {
    const start = stepWindow(period.start, period.window, steps);
    setParams({ at: start >= Date.now() - 1000 || stepWindow(start, period.window, 1) > Date.now() ? undefined : new Date(start).toISOString().slice(0, 16) + 'Z' });
  };
  return (
    <div class="controls">
      <SourceSelect source={source} all={all} />
      <Segments label="Period" value={period.name} options={PERIODS} onChange={(value) => setParams({ period: value, at: undefined })} />
      <span class="segments" role="group" aria-label="Move">
        <button type="button" onClick={() => move(-1)} aria-label="The period before">←</button>
        <button type="button" onClick={() => move(1)} disabled={period.isPresent} aria-label="The period after">→</button>
      </span>
    </div>
  );
}

function SourceSelect({ source, all }: { source: string; all: View[] }) {
  const view = specOf(all, 'events_per_day');
  const { value } = useLoaded<Answer | null>(
    async (signal) => (view ? readView(view.name, 'group_by=source&measures=count&order=-count&limit=50&window=1mo', signal) : null), [view?.name], 60_000);
  const known = [...new Set((value?.rows ?? []).map((row) => String(row.group.source ?? '')))].filter(Boolean);
  const names = source && !known.includes(source) ? [source, ...known] : known;
  if (names.length < 2 && !source) return null;
  return (
    <Select label="Source" value={source} onChange={(value) => setParams({ source: value || undefined })}
      options={[{ value: '', name: 'All sources' }, ...names.map((name) => ({ value: name, name }))]} />
  );
}

interface FigureProps {
  period: Period;
  source: string;
  all: View[];
  detail: View;
  now: number;
}

const withSource = (query: string, source: string): string => (source ? `${query}&source=${encodeURIComponent(source)}` : query);

function Figures({ period, source, all, detail, now }: FigureProps) {
  const query = withSource('group_by=&measures=count', source);
  const range = rangeOf(period);
  const answered = useAnswer(detail.spec, query, range);
  const before = useLoaded<Answer>((signal) => readView(detail.name, wholeQuery(detail.spec, query, rangeBefore(period), now), signal), [detail.name, query, period.start], 60_000);
  const compared = compare(period, answered.answer, before.value, 'count', Math.max(now, Date.now()));
  const zone = shownZone('UTC');
  const isEmpty = answered.answer !== null && compared.total === 0 && before.value !== null && compared.totalBefore === 0;
  return (
    <>
      <div class="figures">
        <EventsFigure compared={compared} period={period} isThere={answered.answer !== null} zone={zone} />
        <ViewFigure title="Active users" view={specOf(all, USERS[period.name])} measure="users" period={period} source={source} />
        {period.name !== 'hour' && <ViewFigure title="Sessions" view={specOf(all, 'sessions_per_day')} measure="sessions" period={period} source={source} window={period.window}
          more={(values) => `on average ≈ ${duration(Number(values.seconds ?? 0))}, ≈ ${Number(values.events ?? 0).toFixed(1)} events`} />}
        {period.name !== 'hour' && <ViewFigure title="New users" view={specOf(all, 'new_users_per_day')} measure={newUsersMeasure(all)} period={period} source={source} window={period.window} />}
      </div>
      <section class="panel" aria-label="Events over time">
        <header><h2>Events, {periodTitle(period, zone)}</h2><a class="button quiet" href={exploreLink(detail.name, query, range, 'line', 'count')}>Explore</a></header>
        <Freshness answered={answered} spec={detail.spec} query={query} />
        {answered.error && <ErrorNote error={answered.error} retry={answered.ask} />}
        {!answered.answer && !answered.error && <Loading />}
        {isEmpty && <FirstEvent />}
        {answered.answer && !isEmpty && (
          <>
            <TimeChart chart={compared.chart} kind="area" zone={zone} label="Events over time" height={240} before={{ name: beforeWord(period.name), values: compared.before }} />
            <ul class="legend">
              <li><span class="swatch s1" aria-hidden="true" />this period; dashed: not final</li>
              <li><span class="swatch dotted" aria-hidden="true" />{beforeWord(period.name)}</li>
            </ul>
          </>
        )}
      </section>
    </>
  );
}

function newUsersMeasure(all: View[]): string {
  const measures = specOf(all, 'new_users_per_day')?.spec.measures ?? {};
  return 'new_users' in measures ? 'new_users' : (Object.keys(measures)[0] ?? 'users');
}

function periodTitle(period: Period, zone: string): string {
  if (period.name === 'hour') return `${date(period.start, zone)}, ${clock(period.start, zone)} to ${clock(period.end, zone)}`;
  if (period.name === 'week') return `week of ${date(period.start, 'UTC')}`;
  return windowName(period.start, period.name === 'month' ? 30 * 86400 : 86400, 'UTC');
}

function FirstEvent() {
  return (
    <Empty title="No events in this period yet.">
      <p>As soon as one arrives it is here, without a reload.</p>
      <p><a class="button main" href="#/setup">Send the first event</a></p>
    </Empty>
  );
}

function Difference({ now, before, text }: { now: number; before: number; text: string }) {
  const difference = change(now, before);
  if (!difference) return <p class="small muted">nothing to compare it with</p>;
  return <p class="small"><strong>{difference}</strong> <span class="muted">{text}</span></p>;
}

function EventsFigure({ compared, period, isThere, zone }: { compared: Compared; period: Period; isThere: boolean; zone: string }) {
  const until = compared.until === null || !period.isPresent ? '' : `, both until ${period.detail === '1d' ? dateTime(compared.until, zone) : clock(compared.until, zone)}`;
  return (
    <section class="figure" aria-label="Events">
      <h2>Events</h2>
      <p class="value" id="figure-events">{isThere ? <Num value={compared.total} digits={8} /> : '…'}</p>
      <Difference now={compared.comparable} before={compared.comparableBefore} text={`against ${beforeWord(period.name)}${until}`} />
    </section>
  );
}

interface ViewFigureProps {
  title: string;
  view: View | null;
  measure: string;
  period: Period;
  source: string;
  window?: string;
  more?: (values: Record<string, unknown>) => string;
}

/** One row of a view: a period's users or sessions, which cannot be cut at a time of day: the whole period before is shown. */
function ViewFigure({ title, view, measure, period, source, window, more }: ViewFigureProps) {
  const query = withSource(window && window !== '1d' ? `group_by=&window=${window}` : 'group_by=', source);
  const answered = useAnswer(view?.spec ?? null, query, rangeOf(period));
  const before = useLoaded<Answer | null>(async (signal) => (view ? readView(view.name, wholeQuery(view.spec, query, rangeBefore(period), Date.now()), signal) : null), [view?.name, query, period.start], 60_000);
  if (!view) return null;
  const row = answered.answer?.rows[0];
  const then = before.value?.rows[0]?.values[measure];
  const isKnown = before.value !== null;
  const isEstimate = row?.notes?.[measure]?.exact === false || (row?.sampled ?? 1) < 1;
  return (
    <section class="figure" aria-label={title}>
      <h2>{title}</h2>
      <p class="value">
        {answered.error ? <span class="bad-text small">{answered.error.message}</span> : answered.answer ? <>{isEstimate && <span title="an estimate">~</span>}<Num value={Number(row?.values[measure] ?? 0)} digits={8} /></> : '…'}
      </p>
      <p class="small muted">
        {then === undefined || then === null ? (isKnown ? `nothing ${beforeWord(period.name)}` : `${beforeWord(period.name)}: …`) : <><Num value={Number(then)} digits={8} /> in all of {beforeWord(period.name)}</>}
        {row && more ? ` · ${more(row.values)}` : ''}
      </p>
    </section>
  );
}

function exploreLink(view: string, query: string, range: string, chart: string, measure: string): string {
  return formatPlace(['explore'], { view, q: query, range, chart, measure });
}

function ListPanel({ list, period, source }: { list: ListOf; period: Period; source: string }) {
  const { view, field, measure, title } = list;
  const window = period.window === '1h' && view.name.endsWith('_hour') ? '' : `&window=${period.window}`;
  const query = withSource(`group_by=${encodeURIComponent(field)}&measures=${measure}&order=-${measure}&limit=10${window}`, source);
  const range = rangeOf(period);
  return (
    <Panel view={view} query={query} range={range} chart="bar" measure={measure} title={title}
      actions={<a class="button quiet" aria-label={`Explore ${title}`} href={exploreLink(view.name, query, range, 'bar', measure)}>Explore</a>}
    />
  );
}
