/** Groups ranked by a measure, as bars beside their names. */
import type { Row } from '../api/types';
import { inFull } from '../format/number';
import { Num, SafeLink } from '../parts/basics';
import { numberOf, rowName } from './series';

/** More than these nobody reads, and each is a few elements of the page. */
const SHOWN_MAX = 200;

interface Props {
  rows: Row[];
  measure: string;
  label: string;
  /** What a window is called: said where rows are of several. */
  windowName: (start: string) => string;
  onPick?: (row: Row) => void;
}

export function BarList(props: Props) {
  const { rows, measure, label, onPick } = props;
  const shown = rows.slice(0, SHOWN_MAX);
  const isOfSeveral = new Set(rows.map((row) => row.start)).size > 1;
  const most = Math.max(...rows.map((row) => Math.abs(numberOf(row, measure) ?? 0)), 0);
  return (
    <>
      <ol class="bars" aria-label={label}>
        {shown.map((row, index) => {
          const value = numberOf(row, measure);
          const group = rowName(row);
          const name = isOfSeveral && row.start ? `${group} · ${props.windowName(row.start)}` : group;
          const share = most > 0 ? (Math.abs(value ?? 0) / most) * 100 : 0;
          return (
            <li key={`${index} ${name}`}>
              <span class="bar" style={{ width: `${share}%` }} aria-hidden="true" />
              <span class="bar-name" title={name}>
                {onPick ? <button type="button" class="link" onClick={() => onPick(row)}>{name}</button> : <SafeLink text={name} />}
              </span>
              <span class="bar-value">
                {row.sampled !== undefined && row.sampled < 1 ? <span title="an estimate from a sample">~ </span> : null}
                <Num value={value} />
              </span>
            </li>
          );
        })}
      </ol>
      {rows.length > SHOWN_MAX && <p class="small muted">The first {SHOWN_MAX} of {inFull(rows.length)} rows are shown; CSV has them all.</p>}
    </>
  );
}
