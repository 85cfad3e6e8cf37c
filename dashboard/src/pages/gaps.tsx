/** Losses on the way: events that clients numbered and that never arrived. */
import { useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import { readGapDevices, type GapDevice, type Gaps as GapAnswer } from '../api/gaps';
import { Empty, ErrorNote, Loading, Num } from '../parts/basics';
import { useLoaded } from '../parts/use';
import { droppedOf, missingInRows, notBelievedText, reasonsText, unnumberedText } from './gap_words';

const DAYS = 14;

/** The first day that is shown. */
export function gapsFrom(now: number): string {
  return new Date(now - (DAYS - 1) * 86400_000).toISOString().slice(0, 10);
}

export function Gaps({ value, error }: { value: GapAnswer | null; error: ApiError | null }) {
  return (
    <section class="panel" aria-label="Losses on the way">
      <h2>Losses on the way</h2>
      <p class="fresh">At least so many never arrived, of devices that number their events.</p>
      {error && !value && <ErrorNote error={error} />}
      {!value && !error && <Loading />}
      {value?.sources.length === 0 && <Empty title="No device numbers its events yet."><p>Our SDK does: <a href="#/setup">Set up</a> has the snippet.</p></Empty>}
      {value && value.sources.length > 0 && <Known gaps={value} />}
    </section>
  );
}

function Known({ gaps }: { gaps: GapAnswer }) {
  const [open, setOpen] = useState('');
  return (
    <>
      <ul class="plain">
        {gaps.sources.map((of) => (
          <li key={of.source}>
            <strong>{of.source}</strong>, of all days: <Num value={of.arrived} digits={12} /> {of.arrived === 1 ? 'number' : 'numbers'} of <Num value={of.devices} digits={12} /> {of.devices === 1 ? 'device' : 'devices'} came, at least{' '}
            <Missing count={of.missing_at_least} /> did not; in the last {DAYS} days <Missing count={missingInRows(gaps, of.source)} />. {unnumberedText(of)}
          </li>
        ))}
      </ul>
      {gaps.rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Losses by source and day">
          <table>
            <thead>
              <tr>
                <th scope="col">day, UTC</th><th scope="col">source</th><th scope="col" class="right">missing</th><th scope="col" class="right">devices</th>
                <th scope="col">given up</th><th scope="col" class="right">on the way</th><th scope="col">not believed</th>
              </tr>
            </thead>
            <tbody>
              {gaps.rows.map((row) => {
                const key = `${row.day} ${row.source}`;
                return [<DayRow key={key} row={row} isOpen={open === key} onToggle={() => setOpen(open === key ? '' : key)} />,
                  open === key && <tr key={`${key} devices`} class="details"><td colSpan={7}><Devices source={row.source} day={row.day} /></td></tr>];
              })}
            </tbody>
          </table>
        </div>
      )}
      {gaps.rows.length > 0 && (
        <p class="small muted">
          By day received, the last {DAYS} days{gaps.next ? `, the first ${gaps.rows.length} of more rows` : ''}. Given up: of the missing, or of those on the way, by the clients themselves. On the way: made, as
          a device’s last batch said, and not here yet. Not believed: so much that anybody may have made it up; it is in no other figure. A day shows its devices.
        </p>
      )}
      <p class="small muted">Not seen: {gaps.unseen}.{incompleteText(gaps)}</p>
    </>
  );
}

function Missing({ count }: { count: number }) {
  return <span class={count > 0 ? 'bad-text' : 'good-text'}><Num value={count} digits={12} /></span>;
}

function DayRow({ row, isOpen, onToggle }: { row: GapAnswer['rows'][number]; isOpen: boolean; onToggle: () => void }) {
  return (
    <tr>
      <td class="nowrap"><button type="button" class="link" aria-expanded={isOpen} onClick={onToggle}>{row.day}</button></td>
      <td class="text">{row.source}</td>
      <td class="right"><Num value={row.missing_at_least} digits={12} /></td>
      <td class="right"><Num value={row.missing_devices} digits={12} /></td>
      <td><Num value={droppedOf(row)} digits={12} /><div class="small muted">{reasonsText(row.dropped)}</div></td>
      <td class="right"><Num value={row.open_tail} digits={12} /></td>
      <td><Num value={row.not_believed.missing} digits={12} /><div class="small muted">{notBelievedText(row)}</div><div class="small muted">{unnumberedText(row)}</div></td>
    </tr>
  );
}

/** Why numbers that came pass for missing, if some do. */
export function incompleteText({ complete, behind_records: behind }: Pick<GapAnswer, 'complete' | 'behind_records'>): string {
  if (complete) return '';
  return behind > 0
    ? ` Of the log ${behind} records are not read yet: their numbers pass for missing.`
    : ' The log had dropped its beginning: numbers from before pass for missing.';
}

/** "2, 4–6" */
export function rangesText({ gaps, missing_beside_gaps: more }: Pick<GapDevice, 'gaps' | 'missing_beside_gaps'>): string {
  const ranges = gaps.map(({ first, last }) => (first === last ? String(first) : `${first}–${last}`)).join(', ');
  return more > 0 ? `${ranges} and ${more} more` : ranges;
}

/** Why whoever looks may not see which devices they are; null: that is not what is wrong. */
export function refusalText({ status, code }: Pick<ApiError, 'status' | 'code'>): string | null {
  if (status !== 403) return null;
  return code === 'source_not_allowed'
    ? 'You may see some sources only, and this is none of them.'
    : 'You may not see which devices these are: they are people’s data, as raw events are, and that is a right of its own. Whoever runs the server can give it to you.';
}

function Devices({ source, day }: { source: string; day: string }) {
  const { value, error } = useLoaded((signal) => readGapDevices(source, day, signal), [source, day]);
  const refusal = error && refusalText(error);
  if (refusal) return <p class="small" role="status">{refusal}</p>;
  if (error) return <ErrorNote error={error} />;
  if (!value) return <Loading />;
  const { devices, next } = value;
  if (devices.length === 0) return <p class="small muted">No device has missing numbers under this day any more.</p>;
  return (
    <ul class="plain small">
      {devices.map((device) => (
        <li key={`${device.device} ${device.epoch}`}>
          <code>{device.device}</code>: {device.missing} missing ({rangesText(device)}) of {device.highest}, since {device.since}{device.believed ? '' : '; not believed'}
        </li>
      ))}
      {next !== null && <li class="muted">These are the first {devices.length}; GET /api/gaps/devices has the others.</li>}
    </ul>
  );
}
