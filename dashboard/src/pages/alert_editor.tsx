/** The form of an alert. */
import { useState } from 'preact/hooks';
import type { Alert, Figure } from '../api/alerts';
import type { ApiError } from '../api/client';
import { ErrorNote, Select } from '../parts/basics';
import { useStore } from '../parts/store';
import { specOf, views } from '../parts/views';
import { EMPTY, formOf, type AlertForm } from './alert_rule';

interface Props {
  alert: Alert | null;
  figures: Figure[];
  canMail: boolean;
  onSave: (form: AlertForm) => Promise<void>;
  onCancel: () => void;
}

export function AlertEditor({ alert, figures, canMail, onSave, onCancel }: Props) {
  const [form, setForm] = useState<AlertForm>(alert ? formOf(alert) : EMPTY);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const set = (changes: Partial<AlertForm>): void => setForm({ ...form, ...changes });
  const figure = figures.find(({ name }) => name === form.watch);
  const watch = (name: string): void => {
    const chosen = figures.find((each) => each.name === name);
    set(chosen ? { watch: name, when: chosen.when, threshold: chosen.threshold === null ? '' : String(chosen.threshold) } : { watch: name });
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    onSave(form).catch((told: ApiError) => setFailure(told));
  };
  const text = (name: keyof AlertForm, label: string, more: Record<string, unknown> = {}) => (
    <label class="field">{label}<input value={form[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} {...more} /></label>
  );
  return (
    <form class="panel editor" onSubmit={submit} aria-label={alert ? `Edit ${alert.name}` : 'New alert'}>
      <div class="explore">
        {text('name', 'Alert name', { required: true, maxLength: 200 })}
        <Select label="Watches" value={form.watch} options={[{ value: 'view', name: 'a view' }, ...figures.map(({ name }) => ({ value: name, name: name.replace(/_/g, ' ') }))]} onChange={watch} />
        {figure ? figure.has_sources && text('source', 'Source, or all') : <ViewFields form={form} set={set} />}
        <Select label="Fires when" value={form.when} onChange={(when) => set({ when: when as AlertForm['when'] })}
          options={[{ value: 'above', name: 'above' }, { value: 'below', name: 'below' }, ...(figure ? [] : [{ value: 'absent', name: 'no events' }])]} />
        {form.when !== 'absent' && text('threshold', 'Threshold', { type: 'number', step: 'any', required: !figure })}
        {text('looks', 'Looks in a row', { type: 'number', min: 1, max: 1000 })}
        {text('repeat', 'Tell again every', { placeholder: 'never; 1h' })}
        {text('webhook', 'Webhook', { placeholder: 'https://…', size: 32 })}
        {text('email', 'E-mail', { placeholder: canMail ? 'ops@example.com' : 'set alerts.smtp_url first', disabled: !canMail })}
      </div>
      {figure && <p class="small muted">{figure.meaning}</p>}
      <p class="actions">
        <button class="main">Save</button>
        <button type="button" onClick={onCancel}>Cancel</button>
      </p>
      {failure && <ErrorNote error={failure} />}
    </form>
  );
}

function ViewFields({ form, set }: { form: AlertForm; set: (changes: Partial<AlertForm>) => void }) {
  const all = useStore(views) ?? [];
  const measures = Object.keys(specOf(all, form.view)?.spec.measures ?? { [form.measure]: '' });
  const choose = (view: string): void => set({ view, measure: Object.keys(specOf(all, view)?.spec.measures ?? {})[0] ?? '' });
  return (
    <>
      <Select label="View" value={form.view} options={all.map(({ name }) => ({ value: name, name }))} onChange={choose} />
      <Select label="Measure" value={form.measure} options={measures.map((name) => ({ value: name, name }))} onChange={(measure) => set({ measure })} />
      <label class="field">Only groups<input value={form.query} placeholder="source=web" onInput={(event) => set({ query: event.currentTarget.value })} /></label>
      <Select label="Window" value={form.window} options={[{ value: 'complete', name: 'the last complete one' }, { value: 'present', name: 'the present one' }]} onChange={(window) => set({ window: window as AlertForm['window'] })} />
    </>
  );
}
