/** Any view, asked in any way. All of it is in the address. */
import { useMemo, useState } from 'preact/hooks';
import { viewPath } from '../api/requests';
import type { ChartKind, View, ViewSpec } from '../api/types';
import { INPUT_TIME_MAX, inputTime } from '../format/time';
import { coarser, lengthSeconds, windowOf, windowWord, zoneOf } from '../format/window';
import { Copy, Empty, Select } from '../parts/basics';
import { may, session } from '../parts/session';
import { useStore } from '../parts/store';
import { specOf, views } from '../parts/views';
import { Panel } from '../panels/panel';
import { fitting, formatQuery, parseQuery, type PanelQuery } from '../panels/query';
import { RANGES } from '../panels/range';
import { shapeOf } from '../panels/shape';
import { wholeQuery } from '../panels/use_answer';
import { setParams } from '../router/hooks';
import { AddToBoard } from './add_to_board';
import { Filters } from './explore_filters';

const CHARTS: { value: ChartKind; name: string }[] = [
  { value: 'line', name: 'Line' },
  { value: 'area', name: 'Area' },
  { value: 'bar', name: 'Bars' },
  { value: 'table', name: 'Table' },
  { value: 'number', name: 'Number' },
];
const FIRST_VIEW = 'events_per_hour';

interface Asked {
  view: View;
  query: PanelQuery;
  text: string;
  range: string;
  chart: ChartKind;
  measure: string;
}

export function askedFor(params: URLSearchParams, all: View[]): Asked | null {
  const view = specOf(all, params.get('view') ?? FIRST_VIEW) ?? all[0];
  if (!view) return null;
  const measures = Object.keys(view.spec.measures);
  const chart = CHARTS.find(({ value }) => value === params.get('chart'))?.value ?? 'line';
  const asked = params.get('measure');
  const measure = asked && measures.includes(asked) ? asked : firstMeasure(view);
  const given = params.has('q') ? parseQuery(params.get('q')!) : { ...parseQuery('group_by='), measures: [measure] };
  const query = fitting(given, view.spec);
  const window = windowOf(view.spec);
  const range = params.get('range') ?? (window && /[wd]|mo/.test(window) ? '30d' : window === '1m' ? '1h' : '24h');
  return { view, query, text: formatQuery(query), range, chart, measure };
}

/** The one that is shown when none is named. */
export function firstMeasure({ spec }: View): string {
  const measures = Object.keys(spec.measures);
  return measures.find((each) => spec.measures[each] === 'count') ?? measures[0]!;
}

export function panelTitle(view: View, query: PanelQuery, measure: string): string {
  const by = query.groupBy ?? view.spec.group_by ?? [];
  const where = query.filters.map(([field, value]) => `${field} = ${value || '(none)'}`);
  return `${measure} of ${view.name}${by.length ? ` by ${by.join(', ')}` : ''}${where.length ? ` where ${where.join(', ')}` : ''}`;
}

export function ExplorePage({ params }: { params: URLSearchParams }) {
  const all = useStore(views) ?? [];
  const asked = useMemo(() => askedFor(params, all), [params, all]);
  if (!asked) return <main id="main" tabIndex={-1}><h1>Explore</h1><Empty title="There are no views."><p>Declare one in hapax.toml or with POST /api/views.</p></Empty></main>;
  const { view, text, range, chart, measure } = asked;
  return (
    <main id="main" tabIndex={-1}>
      <h1>Explore</h1>
      <Form asked={asked} all={all} />
      <Panel view={view} query={text} range={range} chart={chart} measure={measure} height={320}
        title={panelTitle(view, asked.query, measure)} onPick={(row) => pick(asked, row.group)} actions={<Actions asked={asked} />} />
      <Spec spec={view.spec} />
    </main>
  );
}

/** A bar that is chosen becomes a filter, over time. */
function pick(asked: Asked, group: Record<string, unknown>): void {
  const filters = [...asked.query.filters];
  for (const [field, value] of Object.entries(group)) {
    filters.push([field, value === null ? '' : typeof value === 'string' && !asked.view.spec.group_by?.includes(field) ? value : String(value)]);
  }
  setParams({ q: formatQuery({ ...asked.query, filters, order: null, limit: null, groupBy: [], measures: [asked.measure] }), chart: 'line' });
}

function Form({ asked, all }: { asked: Asked; all: View[] }) {
  const { view, query, range, chart, measure } = asked;
  const change = (changes: Partial<PanelQuery>, others: Record<string, string | undefined> = {}): void =>
    setParams({ view: view.name, range, chart, measure, ...others, q: formatQuery({ ...query, ...changes }) || 'limit=' });
  const window = windowOf(view.spec);
  const ranked = query.order !== null;
  return (
    <form class="explore" onSubmit={(event) => event.preventDefault()}>
      <Select label="View" value={view.name} options={all.map(({ name }) => ({ value: name, name }))} onChange={(name) => setParams({ view: name, q: undefined, measure: undefined, range: undefined })} />
      <Select label="Measure" value={measure} options={Object.entries(view.spec.measures).map(([name, what]) => ({ value: name, name: name === what ? name : `${name} – ${what}` }))}
        onChange={(name) => change({ measures: [name], order: ranked ? `-${name}` : null }, { measure: name })} />
      <GroupBy spec={view.spec} chosen={query.groupBy ?? view.spec.group_by ?? []} onChange={(groupBy) => change({ groupBy })} />
      {window && (
        <>
          <Select label="Window" value={query.window ?? window} options={coarser(window).map((value) => ({ value, name: windowWord(value) }))}
            onChange={(value) => change({ window: value === window ? null : value })} />
          <TimeRange range={range} onChange={(value) => setParams({ range: value })} />
        </>
      )}
      <Select label="Rows" value={ranked ? 'rank' : 'time'} options={[{ value: 'time', name: 'by time' }, { value: 'rank', name: 'the highest first' }]}
        onChange={(value) => change(value === 'rank' ? { order: `-${measure}`, limit: query.limit ?? 20, window: widest(view.spec, range) } : { order: null, limit: null })} />
      {ranked && <Select label="How many" value={String(query.limit ?? 20)} options={['5', '10', '20', '50', '100'].map((value) => ({ value, name: value }))} onChange={(value) => change({ limit: Number(value) })} />}
      <Select label="Chart" value={chart} options={CHARTS} onChange={(value) => setParams({ chart: value })} />
      <Filters view={view} query={query} range={range} onChange={(filters) => change({ filters })} />
    </form>
  );
}

/** The windows that a rank over `range` is of: as wide as fit into it, so that a group has few rows. */
function widest(spec: ViewSpec, range: string): string | null {
  const window = windowOf(spec);
  const seconds = lengthSeconds(range);
  if (!window || seconds === null) return null;
  const fitting = coarser(window).filter((each) => lengthSeconds(each)! <= seconds);
  const best = fitting[fitting.length - 1];
  return best && best !== window ? best : null;
}

function GroupBy({ spec, chosen, onChange }: { spec: ViewSpec; chosen: string[]; onChange: (fields: string[]) => void }) {
  const fields = spec.group_by ?? [];
  if (fields.length === 0) return null;
  return (
    <fieldset class="chips">
      <legend>Group by</legend>
      {fields.map((field) => (
        <label key={field}>
          <input type="checkbox" checked={chosen.includes(field)}
            onChange={(event) => onChange(fields.filter((each) => (each === field ? event.currentTarget.checked : chosen.includes(each))))} />
          {field}
        </label>
      ))}
    </fieldset>
  );
}

function TimeRange({ range, onChange }: { range: string; onChange: (range: string) => void }) {
  const isOwn = range.includes('/');
  const [from = '', to = ''] = isOwn ? range.split('/') : [];
  const isKnown = isOwn || RANGES.some(([value]) => value === range);
  const utc = (text: string): string => (text ? `${text}Z` : '');
  const own = (): string => `${new Date(Date.now() - 86400_000).toISOString().slice(0, 13)}:00Z/`;
  return (
    <>
      <Select label="Time" value={isOwn ? 'own' : range} options={[...RANGES.map(([value, name]) => ({ value, name })), { value: 'own', name: 'From … to …' }, ...(isKnown ? [] : [{ value: range, name: range }])]}
        onChange={(value) => onChange(value === 'own' ? own() : value)} />
      {isOwn && (
        <>
          <label class="field">From, UTC<input type="datetime-local" max={INPUT_TIME_MAX} value={inputTime(from)} onChange={(event) => onChange(`${utc(event.currentTarget.value)}/${to}`)} /></label>
          <label class="field">To, UTC<input type="datetime-local" max={INPUT_TIME_MAX} value={inputTime(to)} onChange={(event) => onChange(`${from}/${utc(event.currentTarget.value)}`)} /></label>
        </>
      )}
    </>
  );
}

/** The machine's token, where the data is; with --dev nobody asks for one. */
function curlAuthorization(): string {
  const isOpen = session.value.kind === 'in' && session.value.session.how === 'dev';
  return isOpen ? '' : ' -H "Authorization: Bearer $(cat data/access/token)"';
}

function Actions({ asked }: { asked: Asked }) {
  const [isAdding, setAdding] = useState(false);
  const { view, text, range, chart, measure } = asked;
  const query = wholeQuery(view.spec, text, range, Date.now(), shapeOf(chart));
  const address = `${location.origin}${viewPath(view.name, query)}`;
  return (
    <>
      <Copy label="Link" text={location.href} />
      <Copy label="curl" text={`curl${curlAuthorization()} '${address.replace(/'/g, '%27')}'`} />
      <a class="button" href={viewPath(view.name, `${query}&format=csv`)} download={`${view.name}.csv`}>CSV</a>
      {may('admin') && <button type="button" onClick={() => setAdding(!isAdding)} aria-expanded={isAdding}>Add to board</button>}
      {isAdding && <AddToBoard panel={{ view: view.name, query: text, chart, measure }} onDone={() => setAdding(false)} />}
    </>
  );
}

function Spec({ spec }: { spec: ViewSpec }) {
  return (
    <details class="spec">
      <summary>How {spec.name} counts</summary>
      <pre tabIndex={0}>{JSON.stringify(spec, null, 2)}</pre>
      <p class="small muted">Windows are of {zoneOf(spec)}. Declare your own view with POST /api/views or in hapax.toml.</p>
    </details>
  );
}
