/** Alerts: how each stands, whom it tells, and a test of that. */
import { useState } from 'preact/hooks';
import { deleteAlert, listAlerts, putAlert, testAlert, type Alert, type Alerts, type Delivery, type Firing } from '../api/alerts';
import type { ApiError } from '../api/client';
import { dateTime } from '../format/time';
import { Empty, ErrorNote, Loading, Num } from '../parts/basics';
import { may } from '../parts/session';
import { useLoaded } from '../parts/use';
import { shownZone } from '../parts/zone';
import { AlertEditor } from './alert_editor';
import { changedRule, inWords, type AlertForm } from './alert_rule';
import { boardId } from './board_edit';

const EVERY_MS = 5000;

export function AlertsPage() {
  const { value, error, reload } = useLoaded((signal) => listAlerts(signal), [], EVERY_MS);
  const [edited, setEdited] = useState<Alert | 'new' | null>(null);
  const save = async (form: AlertForm): Promise<void> => {
    const before = edited === 'new' ? null : edited;
    const id = before?.id ?? boardId(form.name, (value?.alerts ?? []).map((alert) => alert.id));
    await putAlert(id, changedRule(form, before), before?.revision);
    setEdited(null);
    reload();
  };
  return (
    <main id="main" tabIndex={-1}>
      <div class="page-head">
        <h1>Alerts</h1>
        {may('admin') && value && !edited && <button type="button" class="main" onClick={() => setEdited('new')}>New alert</button>}
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {edited && value && <AlertEditor alert={edited === 'new' ? null : edited} figures={value.figures} canMail={value.can_mail} onSave={save} onCancel={() => setEdited(null)} />}
      {value && <AlertList all={value} onEdit={setEdited} onGone={reload} />}
      {value && value.firings.length > 0 && <Firings firings={value.firings} />}
    </main>
  );
}

function AlertList({ all, onEdit, onGone }: { all: Alerts; onEdit: (alert: Alert) => void; onGone: () => void }) {
  if (all.alerts.length === 0) {
    return <Empty title="There are no alerts yet."><p>One tells you by webhook or mail when a number is bad, and when that is over.</p></Empty>;
  }
  return <ul class="plain">{all.alerts.map((alert) => <AlertCard key={alert.id} alert={alert} onEdit={() => onEdit(alert)} onGone={onGone} />)}</ul>;
}

function AlertCard({ alert, onEdit, onGone }: { alert: Alert; onEdit: () => void; onGone: () => void }) {
  const [tested, setTested] = useState<Delivery[] | 'busy' | null>(null);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const zone = shownZone('UTC');
  const test = async (): Promise<void> => {
    setTested('busy');
    await testAlert(alert.id).then(({ deliveries }) => { setTested(deliveries); setFailure(null); }, (told: ApiError) => { setFailure(told); setTested(null); });
  };
  const drop = async (): Promise<void> => {
    if (confirm(`Remove the alert “${alert.name}”?`)) await deleteAlert(alert.id).then(onGone, (told: ApiError) => setFailure(told));
  };
  const { state, reason, value, firing_since: since } = alert.status;
  return (
    <li class="panel alert">
      <header>
        <h2><span class={`verdict ${ { ok: 'first', firing: 'rejected', unknown: 'duplicate' }[state]}`}>{state}</span> {alert.name}</h2>
        {may('admin') && (
          <span class="actions">
            <button type="button" disabled={tested === 'busy'} onClick={() => void test()}>{tested === 'busy' ? 'Sending …' : 'Test'}</button>
            <button type="button" onClick={onEdit}>Edit</button>
            <button type="button" class="quiet" onClick={() => void drop()}>Remove</button>
          </span>
        )}
      </header>
      <p>Fires {inWords(alert)}.</p>
      <p class="small muted">
        {value !== null && value !== undefined && <>Now <Num value={value} digits={12} />. </>}
        {reason && `${reason}. `}
        {since && `Firing since ${dateTime(since, zone)} ${zone}. `}
        {alert.deliveries.map((each) => `${each.channel}: ${each.told} ${each.state}${each.error ? ` (${each.error})` : ''}. `).join('')}
      </p>
      {Array.isArray(tested) && <div role="status"><ul class="plain small">{tested.map(({ channel, delivered, error }) => <li key={channel} class={delivered ? 'good-text' : 'bad-text'}>{channel}: {delivered ? 'the test was delivered' : error}</li>)}</ul></div>}
      {failure && <ErrorNote error={failure} />}
    </li>
  );
}

function Firings({ firings }: { firings: Firing[] }) {
  const zone = shownZone('UTC');
  return (
    <section class="panel" aria-label="Firings">
      <h2>What has fired</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Firings, the newest first">
        <table>
          <thead><tr><th scope="col">alert</th><th scope="col">since, {zone}</th><th scope="col">until</th><th scope="col" class="right">value</th></tr></thead>
          <tbody>
            {firings.map((firing) => (
              <tr key={firing.id}>
                <td class="text">{firing.name}</td>
                <td class="nowrap">{dateTime(firing.since, zone)}</td>
                <td class="nowrap">{firing.until ? dateTime(firing.until, zone) : 'still'}</td>
                <td class="right"><Num value={firing.value} digits={12} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
