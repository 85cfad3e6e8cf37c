/** A question to a view and its answer, as a chart. It says its window, its zone, how fresh it is and what is not final. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Answer, ChartKind, Row, View, ViewSpec } from '../api/types';
import { BarList } from '../charts/bar_list';
import { RowTable } from '../charts/row_table';
import { chartOf, type Chart } from '../charts/series';
import { drawnKind, TimeChart, type Annotation } from '../charts/time_chart';
import { inFull } from '../format/number';
import { ago, dateTime, windowName } from '../format/time';
import { lengthSeconds, windowOf, windowWord, zoneOf } from '../format/window';
import { addsUp } from '../live/merge';
import { Empty, ErrorNote, Loading, Num } from '../parts/basics';
import { useNow } from '../parts/use';
import { shownZone } from '../parts/zone';
import { colour } from '../charts/palette';
import { newestOf } from './big_number';
import { parseQuery } from './query';
import { isRegular, shapeOf } from './shape';
import { useAnswer, type Answered } from './use_answer';

export interface PanelProps {
  view: View;
  query: string;
  range: string;
  chart: ChartKind;
  measure: string;
  title: string;
  annotations?: Annotation[];
  actions?: ComponentChildren;
  height?: number;
  onPick?: (row: Row) => void;
}

export function Panel(props: PanelProps) {
  const { view, query, range, title, actions } = props;
  const [asTable, setAsTable] = useState(false);
  const answered = useAnswer(view.spec, query, range, shapeOf(props.chart));
  return (
    <section class="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span class="actions">
          {props.chart !== 'table' && (
            <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>Table</button>
          )}
          {actions}
        </span>
      </header>
      <Freshness answered={answered} spec={view.spec} query={query} />
      <PanelBody {...props} query={answered.query} chart={asTable ? 'table' : props.chart} answered={answered} />
    </section>
  );
}

/** "by hour, UTC · live, 12 s behind · final until 14:00". */
export function Freshness({ answered, spec, query }: { answered: Answered; spec: ViewSpec; query: string }) {
  const now = useNow(1000);
  const { answer, isLive } = answered;
  const wished = parseQuery(query).window ?? windowOf(spec);
  const window = parseQuery(answered.query).window ?? windowOf(spec);
  const zone = shownZone(zoneOf(spec));
  const parts = [window ? `by ${windowWord(window)}, ${zone}${zone === zoneOf(spec) ? '' : ` (windows of ${zoneOf(spec)})`}` : 'all of time'];
  if (wished && window && wished !== window) parts.push(`too many by ${windowWord(wished)} for a chart`);
  if (answer?.watermark) parts.push(`${isLive ? 'live' : 'as of the last query'}, ${ago(answer.watermark, now)} behind`);
  if (answer?.complete_until && window) parts.push(`final until ${dateTime(answer.complete_until, zone)}`);
  else if (answer && window) parts.push('nothing is final yet');
  return <p class="fresh">{parts.join(' · ')}</p>;
}

/** Why there are no rows. What the newest event is was told with the answer; that there is a watermark the stream may have told since. */
export function emptyText({ newest, watermark }: Pick<Answer, 'newest' | 'watermark'>, zone: string): string {
  if (newest) return `The newest event is of ${dateTime(newest.event_time, zone)}: this view counts others, or the time is too short.`;
  return watermark ? 'What has arrived so far is not of what this view counts.' : 'Nothing had arrived when this was asked for: Set up shows how to send.';
}

export function PanelBody(props: PanelProps & { answered: Answered }) {
  const { answered, view } = props;
  const { answer, error } = answered;
  if (error) {
    const finer = error.status === 503 ? finerText(view.spec, props.query) : null;
    return <><ErrorNote error={error} retry={answered.ask} />{finer && <p class="small">{finer}</p>}</>;
  }
  if (view.state !== 'live' && !answer) return <Making view={view} />;
  if (!answer) return <Loading />;
  if (answer.rows.length === 0 && (props.chart !== 'number' || !answer.newest)) {
    return (
      <Empty title="Nothing in this time.">
        <p class="small">{emptyText(answer, shownZone(zoneOf(view.spec)))}</p>
      </Empty>
    );
  }
  return (
    <>
      <Answerable {...props} answer={answer} />
      <Notes answer={answer} measure={props.measure} />
    </>
  );
}

function Making({ view }: { view: View }) {
  const percent = view.progress?.percent ?? 0;
  return (
    <Empty title="The log so far is being counted into this view.">
      <progress max={100} value={percent}>{percent} %</progress>
      <p class="small muted">
        {percent.toFixed(1)} % {view.progress?.seconds_left ? `, about ${Math.ceil(view.progress.seconds_left)} s left` : ''}
      </p>
    </Empty>
  );
}

function Answerable(props: PanelProps & { answer: Answer }) {
  const { answer, view, chart, measure, title, query } = props;
  const spec = view.spec;
  const parsed = parseQuery(query);
  const window = parsed.window ?? windowOf(spec);
  const zone = shownZone(zoneOf(spec));
  const windowSeconds = window ? (lengthSeconds(window) ?? 0) : 0;
  if (chart === 'table') {
    const measures = parsed.measures.length ? parsed.measures : Object.keys(spec.measures);
    return <RowTable rows={answer.rows} measures={measures} windowSeconds={windowSeconds} zone={zone} label={title} />;
  }
  if (chart === 'number') return <BigNumber {...props} />;
  if (!window || !parsed.isByTime) return <BarList rows={answer.rows} measure={measure} label={title} windowName={(start) => windowName(start, windowSeconds, zone)} onPick={props.onPick} />;
  const now = Date.now();
  const isStackable = addsUp(spec, measure);
  const drawn = chartOf(answer, { measure, window, isRegular: isRegular(spec), empty: emptyOf(spec, measure), now });
  return (
    <>
      <TimeChart chart={drawn} kind={chart} zone={zone} label={title} height={props.height} annotations={props.annotations} isStackable={isStackable} />
      {(drawn.series.length > 1 || drawn.series[0]?.name !== 'all' || drawn.cutFrom < drawn.times.length) && (
        <ul class="legend">
          {drawn.series.map(({ name }, index) => (
            <li key={`${index} ${name}`}><span class="swatch" style={{ background: colour(index) }} aria-hidden="true" />{name}</li>
          ))}
          {drawnKind({ kind: chart, chart: drawn, isStackable }) !== chart && <li class="muted">Lines, as {measure} of groups does not add up</li>}
          {drawn.cutFrom < drawn.times.length && <li class="warn-text">{cutText(drawn, zone)}</li>}
          {drawn.left > 0 && <li class="muted">{leftText(drawn.left, answer.next !== undefined)}</li>}
        </ul>
      )}
    </>
  );
}

/** What a window without rows has: 0 for what is counted, else nothing is known. */
function emptyOf(spec: ViewSpec, measure: string): number | null {
  return addsUp(spec, measure) || /^uniques/.test(spec.measures[measure] ?? '') ? 0 : null;
}

export function cutText({ times, cutFrom, windowSeconds }: Pick<Chart, 'times' | 'cutFrom' | 'windowSeconds'>, zone: string): string {
  return `From ${windowName(times[cutFrom]! * 1000, windowSeconds, zone)} on not all is known, and nothing is drawn for it: there are more rows than are given at a time.`;
}

/** The newest window, or all of time. */
function BigNumber({ answer, measure, view, query }: PanelProps & { answer: Answer }) {
  const { spec } = view;
  const window = parseQuery(query).window ?? windowOf(spec);
  const { value, rows, start, isPresent, isCut } = newestOf(answer, { measure, window, isRegular: isRegular(spec), empty: emptyOf(spec, measure), now: Date.now() });
  if (isCut) return <div class="big"><p class="small warn-text">Too many groups to know which rows are the newest. Group by less, or filter.</p></div>;
  const name = start === null || !window ? '' : windowName(start, lengthSeconds(window) ?? 0, shownZone(zoneOf(spec)));
  return (
    <div class="big">
      {rows > 1 ? <p class="small">{rows} groups: take the grouping out to have one number.</p> : <Num value={value} digits={9} />}
      {name && <p class="small muted">{isPresent ? `of the present window, ${name}, which goes on` : `of ${name}`}</p>}
    </div>
  );
}

/** What is not drawn. Of the first rows alone it is not known which groups are the largest. */
export function leftText(left: number, isOfTheFirst: boolean): string {
  return isOfTheFirst ? `${inFull(left)} groups of these rows are not drawn` : `${inFull(left)} smaller groups are not drawn`;
}

/** What to ask for where windows are too much to be put together; null: none are. */
export function finerText(spec: ViewSpec, query: string): string | null {
  const own = windowOf(spec);
  const { window } = parseQuery(query);
  return own && window && window !== own ? `${spec.name} counts by ${windowWord(own)}: with that as the window nothing has to be added up.` : null;
}

export function notesOf(answer: Answer, measure: string): string[] {
  const notes: string[] = [];
  const shown = inFull(answer.rows.length);
  if (answer.next) notes.push(`These are the first ${shown} rows, and there are more. Group by less, filter, or take “the highest first”.`);
  if (answer.matched !== undefined && answer.matched > answer.rows.length) notes.push(`The first ${shown} of ${inFull(answer.matched)} groups.`);
  if (answer.windows_cut) notes.push(`In ${answer.windows_cut} windows groups are among the others.`);
  if (answer.rows.some((row) => row.notes?.[measure]?.exact === false)) notes.push('Estimated: the whole count is beyond what is kept exactly.');
  if (answer.rows.some((row) => row.sampled !== undefined && row.sampled < 1)) notes.push('Estimated from a sample of keys.');
  if (answer.rows.some((row) => row.partial)) notes.push('Some windows may lack events of before the view was there.');
  return notes;
}

function Notes({ answer, measure }: { answer: Answer; measure: string }) {
  const notes = notesOf(answer, measure);
  return notes.length ? <p class="small muted notes">{notes.join(' ')}</p> : null;
}
