/** Which groups are shown: fields and their values, with those that are there offered. */
import { useState } from 'preact/hooks';
import { readView } from '../api/requests';
import type { Answer, Scalar, View } from '../api/types';
import { useLoaded } from '../parts/use';
import { Select } from '../parts/basics';
import type { PanelQuery } from '../panels/query';
import { wholeQuery } from '../panels/use_answer';

const OFFERED = 50;

export function Filters(props: { view: View; query: PanelQuery; range: string; onChange: (filters: PanelQuery['filters']) => void }) {
  const { view, query, range, onChange } = props;
  const [isAdding, setAdding] = useState(false);
  const fields = (view.spec.group_by ?? []).filter((field) => !query.filters.some(([used]) => used === field));
  return (
    <div class="filters">
      {query.filters.map(([field, value]) => (
        <span class="chip" key={field}>
          {field} = {value === '' ? '(none)' : value}
          <button type="button" class="quiet" aria-label={`Take out the filter ${field}`} onClick={() => onChange(query.filters.filter(([each]) => each !== field))}>×</button>
        </span>
      ))}
      {fields.length > 0 && !isAdding && <button type="button" onClick={() => setAdding(true)}>+ Filter</button>}
      {isAdding && (
        <NewFilter view={view} fields={fields} range={range} onCancel={() => setAdding(false)}
          onAdd={(field, value) => { setAdding(false); onChange([...query.filters, [field, value]]); }} />
      )}
    </div>
  );
}

/** A value as the API takes it: of a path a text that reads as a number or a word of JSON is quoted. */
function asParameter(field: string, value: Scalar): string {
  if (value === null) return '';
  const isPath = field.includes('.');
  const isText = typeof value === 'string';
  return isPath && isText && /^(-?\d|true$|false$|null$|"|$)/.test(value) ? JSON.stringify(value) : String(value);
}

function NewFilter(props: { view: View; fields: string[]; range: string; onAdd: (field: string, value: string) => void; onCancel: () => void }) {
  const { view, fields, range, onAdd, onCancel } = props;
  const [field, setField] = useState(fields[0]!);
  const [value, setValue] = useState('');
  const count = Object.entries(view.spec.measures).find(([, what]) => what === 'count')?.[0];
  const order = count ? `&measures=${count}&order=-${count}` : '';
  const query = wholeQuery(view.spec, `group_by=${encodeURIComponent(field)}${order}&limit=${OFFERED}`, range, Date.now());
  const { value: answer } = useLoaded<Answer>((signal) => readView(view.name, query, signal), [view.name, field, range]);
  const offered = [...new Set((answer?.rows ?? []).filter((row) => !row.other).map((row) => asParameter(field, row.group[field] ?? null)))];
  return (
    <span class="new-filter">
      <Select label="Field" hideLabel value={field} options={fields.map((each) => ({ value: each, name: each }))} onChange={setField} />
      <label class="field">
        <span class="sr">Value</span>
        <input list="filter-values" value={value} placeholder="value" autofocus onInput={(event) => setValue(event.currentTarget.value)}
          onKeyDown={(event) => { if (event.key === 'Enter') { event.preventDefault(); onAdd(field, value); } if (event.key === 'Escape') onCancel(); }} />
      </label>
      <datalist id="filter-values">{offered.map((each) => <option key={each} value={each} />)}</datalist>
      <button type="button" onClick={() => onAdd(field, value)}>Add</button>
      <button type="button" class="quiet" onClick={onCancel}>Cancel</button>
    </span>
  );
}
