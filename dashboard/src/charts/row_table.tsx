/** Rows as they are, all of their groups and measures. */
import type { Row, Value } from '../api/types';
import { Num } from '../parts/basics';
import { inFull } from '../format/number';
import { windowName } from '../format/time';

const SHOWN_MAX = 500;

function Cell({ value }: { value: Value | undefined }) {
  if (typeof value === 'number') return <Num value={value} digits={15} />;
  if (Array.isArray(value)) return <>{value.map(({ value: each, count }) => `${String(each)} (${count})`).join(', ')}</>;
  return value === null || value === undefined ? <span class="muted">–</span> : <>{String(value)}</>;
}

function stateOf(row: Row): string {
  const notes = [row.current ? 'now' : row.state];
  if (row.revision) notes.push(`corrected ${row.revision}×`);
  if (row.partial) notes.push('partial');
  if (row.sampled !== undefined && row.sampled < 1) notes.push('estimate');
  return notes.join(', ');
}

export function RowTable(props: { rows: Row[]; measures: string[]; windowSeconds: number; zone: string; label: string }) {
  const { rows, measures, windowSeconds, zone, label } = props;
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row.group)))];
  const hasTime = rows.some((row) => row.start);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <thead>
          <tr>
            {hasTime && <th scope="col">window, {zone}</th>}
            {fields.map((field) => <th scope="col" key={field}>{field}</th>)}
            {measures.map((measure) => <th scope="col" class="right" key={measure}>{measure}</th>)}
            <th scope="col">state</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN_MAX).map((row, index) => (
            <tr key={`${row.start ?? ''}${index}`}>
              {hasTime && <td class="nowrap">{row.start ? windowName(row.start, windowSeconds, zone) : ''}</td>}
              {fields.map((field) => <td key={field} class="text">{row.other ? 'all others' : <Cell value={row.group[field]} />}</td>)}
              {measures.map((measure) => <td key={measure} class="right"><Cell value={row.values[measure]} /></td>)}
              <td class="muted nowrap">{stateOf(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN_MAX && <p class="small muted">The first {SHOWN_MAX} of {inFull(rows.length)} rows are shown; CSV has them all.</p>}
    </div>
  );
}
