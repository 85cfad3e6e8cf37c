/** A chart over time by uPlot; what is not final is dashed, or hatched. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { inFull, tick } from '../format/number';
import { clock, date, dateTime, windowName } from '../format/time';
import { colour } from './palette';
import { alone, splitOpen, stacked, type Chart } from './series';

export interface Annotation {
  at: string;
  text: string;
}

interface Props {
  chart: Chart;
  kind: 'line' | 'area' | 'bar';
  zone: string;
  label: string;
  height?: number;
  /** The same measure a period before, drawn thin. */
  before?: { name: string; values: (number | null)[] };
  annotations?: Annotation[];
  /** The series add up. */
  isStackable?: boolean;
}

const AREA_ALPHA = '2e';
const HATCH_PX = 6;

function axisTime(seconds: number, step: number, zone: string): string {
  if (step >= 86400) return date(seconds * 1000, zone).replace(/ \d{4}$/, '');
  const text = clock(seconds * 1000, zone);
  return text === '00:00' ? date(seconds * 1000, zone).replace(/ \d{4}$/, '') : text;
}

/** Between ticks, where there are only whole numbers. */
const WHOLE_STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

function isWhole(data: (number | null)[][]): boolean {
  return data.every((line) => line.every((value) => value === null || Number.isInteger(value)));
}

/** Diagonal stripes, so that a bar that is not final is told without its colour. */
function hatched(stroke: string): CanvasPattern {
  const tile = document.createElement('canvas');
  tile.width = tile.height = HATCH_PX;
  const ctx = tile.getContext('2d')!;
  ctx.fillStyle = colour('surface');
  ctx.fillRect(0, 0, HATCH_PX, HATCH_PX);
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 1.5;
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    ctx.beginPath();
    ctx.moveTo(shift, HATCH_PX);
    ctx.lineTo(shift + HATCH_PX, 0);
    ctx.stroke();
  }
  return ctx.createPattern(tile, 'repeat')!;
}

/** Bars of several groups stand on each other, which only says something where they add up. */
export function drawnKind({ kind, chart, isStackable }: Pick<Props, 'kind' | 'chart' | 'isStackable'>): Props['kind'] {
  return kind === 'bar' && chart.series.length > 1 && !isStackable ? 'line' : kind;
}

function seriesOf(props: Props): { series: uPlot.Series[]; data: (number | null)[][] } {
  const { chart, before } = props;
  const kind = drawnKind(props);
  const series: uPlot.Series[] = [{}];
  const data: (number | null)[][] = [];
  if (before) {
    series.push({ label: before.name, stroke: colour('muted'), width: 1.25, dash: [2, 3], points: { show: false } });
    data.push(before.values);
  }
  const isBar = kind === 'bar';
  // Of a line where there is none to see, too; a bar needs no point.
  const points = (show: boolean): uPlot.Series.Points => ({ show: show && !isBar, size: 5, filter: (plot, at, all) => (all || isBar ? null : alone(plot.data[at]!)) });
  const paths = isBar ? uPlot.paths.bars!({ size: [0.7, 48] }) : undefined;
  for (const { name, values, index } of isBar ? stacked(chart.series) : chart.series.map((each, index) => ({ ...each, index }))) {
    const stroke = colour(index);
    const fill = isBar ? stroke : kind === 'area' ? stroke + AREA_ALPHA : undefined;
    const [closed, open] = splitOpen(values, chart.openFrom);
    const openOnly = isBar ? values.map((value, at) => (at >= chart.openFrom ? value : null)) : open;
    series.push({ label: name, stroke, fill, width: isBar ? 0 : 1.75, paths, points: points(false) });
    series.push({
      label: `${name}, not final`,
      stroke,
      fill: isBar ? () => hatched(stroke) : undefined,
      width: isBar ? 1 : 1.75,
      dash: [4, 4],
      paths,
      points: points(chart.openFrom === 0),
    });
    data.push(closed, openOnly);
  }
  return { series, data };
}

/** Half a window on both sides for bars, which stand around their time. */
function padded(props: Props, low: number, high: number): [number, number] {
  const half = drawnKind(props) === 'bar' || low === high ? props.chart.windowSeconds / 2 : 0;
  return [low - half, high + half];
}

function drawAnnotations(plot: uPlot, annotations: Annotation[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour('muted');
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  for (const { at, text } of annotations) {
    const x = plot.valToPos(Date.parse(at) / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeStyle = colour('muted');
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const isRight = x > bbox.left + bbox.width / 2;
    ctx.textAlign = isRight ? 'right' : 'left';
    const place: [string, number, number] = [text.slice(0, 40), x + (isRight ? -5 : 5), bbox.top + 12 * devicePixelRatio];
    // A rim keeps it readable on a bar.
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.strokeStyle = colour('surface');
    ctx.strokeText(...place);
    ctx.fillText(...place);
  }
  ctx.restore();
}

function readout(props: Props, index: number | null | undefined): string {
  const { chart, zone, before } = props;
  if (index === null || index === undefined || chart.times.length === 0) return '';
  const at = windowName(chart.times[index]! * 1000, chart.windowSeconds, zone);
  const values = chart.series.map(({ name, values: line }) => `${name === 'all' ? '' : name + ' '}${line[index] == null ? '–' : inFull(line[index]!)}`);
  const then = before?.values[index];
  const notFinal = index >= chart.openFrom ? ', not final' : '';
  return `${at}: ${values.join(' · ')}${then == null ? '' : ` (${before!.name}: ${inFull(then)})`}${notFinal}`;
}

export function TimeChart(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const output = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { chart, kind, zone, height = 220, annotations = [] } = props;
  const { series, data } = seriesOf(props);
  const shape = JSON.stringify([kind, zone, height, series.map(({ label }) => label), colour('muted'), annotations, isWhole(data)]);

  useEffect(() => {
    const element = host.current!;
    const grid = { stroke: colour('line'), width: 1 };
    const options: uPlot.Options = {
      width: Math.max(120, element.clientWidth),
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      scales: { x: { range: (_, low, high) => padded(latest.current, low, high) }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
      axes: [
        { stroke: colour('muted'), grid: { show: false }, ticks: { ...grid, size: 4 }, size: 26, font: '11px system-ui, sans-serif', space: 64,
          values: (_, splits, __, ___, step) => splits.map((at) => axisTime(at, step, zone)) },
        { stroke: colour('muted'), grid, ticks: { show: false }, size: 52, font: '11px system-ui, sans-serif',
          incrs: isWhole(data) ? WHOLE_STEPS : undefined, values: (_, splits) => splits.map(tick) },
      ],
      series,
      hooks: {
        draw: [(drawn) => drawAnnotations(drawn, annotations)],
        setCursor: [(moved) => { output.current!.textContent = readout(latest.current, moved.cursor.idx); }],
      },
    };
    plot.current = new uPlot(options, [chart.times, ...data] as uPlot.AlignedData, element);
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(120, element.clientWidth), height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData([chart.times, ...data] as uPlot.AlignedData);
  }, [chart]);

  const move = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !plot.current || chart.times.length === 0) return;
    event.preventDefault();
    const present = plot.current.cursor.idx ?? (step < 0 ? chart.times.length : -1);
    const index = Math.min(chart.times.length - 1, Math.max(0, present + step));
    plot.current.setCursor({ left: plot.current.valToPos(chart.times[index]!, 'x'), top: 10 });
    output.current!.textContent = readout(latest.current, index);
  };

  return (
    <div class="chart">
      <div ref={host} class="plot" role="img" tabIndex={0} onKeyDown={move} aria-label={`${props.label}. ${summary(chart, zone)} Arrow keys read out the windows.`} />
      <p ref={output} class="readout small" aria-live="polite" />
    </div>
  );
}

function summary(chart: Chart, zone: string): string {
  if (chart.times.length === 0) return 'No windows.';
  const last = chart.times.length - 1;
  const lines = chart.series.map(({ name, values }) => `${name}: ${values[last] == null ? 'nothing' : inFull(values[last]!)}`);
  return `${chart.times.length} windows from ${dateTime(chart.times[0]! * 1000, zone)} to ${dateTime(chart.times[last]! * 1000, zone)}; the last one: ${lines.join(', ')}.`;
}
