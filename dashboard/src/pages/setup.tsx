/** How to send events here, and whether they come. */
import { useState } from 'preact/hooks';
import { readAudit, readKeys, type Keys } from '../api/requests';
import { ago } from '../format/time';
import { Code, Empty, ErrorNote, Loading, Num, Segments, Select } from '../parts/basics';
import { may } from '../parts/session';
import { useLoaded, useNow } from '../parts/use';
import { KEY_MISSING, keyChoice, type KeyChoice } from './setup_keys';
import { SNIPPETS } from './snippets';
import { followTestEvent, type Step } from './test_event';

export function SetupPage() {
  const [typed, setTyped] = useState<string | null>(null);
  const [chosen, setChosen] = useState(SNIPPETS[0]!.name);
  const keys = useLoaded<Keys | null>(async () => (may('admin') ? readKeys() : null), []);
  const choice = keyChoice(keys.value);
  const key = typed ?? choice.first;
  const snippet = SNIPPETS.find(({ name }) => name === chosen)!;
  return (
    <main id="main" tabIndex={-1}>
      <h1>Set up</h1>
      <div class="grid two">
        <section class="panel wide" aria-label="Send events">
          <h2>Send events</h2>
          <WriteKey choice={choice} value={key} onChange={setTyped} />
          <Segments label="SDK" value={chosen} options={SNIPPETS.map(({ name }) => ({ value: name, name }))} onChange={setChosen} />
          <p class="small where">{snippet.where}</p>
          <Code label={`Snippet for ${snippet.name}`} text={snippet.code(location.origin, key || KEY_MISSING)} />
        </section>
        <TestEvent writeKey={key} />
        <Sources />
        <KeyList keys={keys.value} error={keys.error} />
      </div>
    </main>
  );
}

function WriteKey({ choice, value, onChange }: { choice: KeyChoice; value: string; onChange: (key: string) => void }) {
  return (
    <>
      {choice.offered.length > 0 ? (
        <Select label="Write key" value={value} options={choice.offered.map(({ source, key }) => ({ value: key, name: `${key} (${source})` }))} onChange={onChange} />
      ) : (
        <label class="field short">
          Write key
          <input value={value} onInput={(event) => onChange(event.currentTarget.value)} />
        </label>
      )}
      <p class="small muted">{choice.hint}</p>
    </>
  );
}

function TestEvent({ writeKey }: { writeKey: string }) {
  const [steps, setSteps] = useState<Step[]>([]);
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    await followTestEvent(writeKey, setSteps);
    setBusy(false);
  };
  return (
    <section class="panel" aria-label="Test">
      <h2>See one go through</h2>
      <p class="small muted">Sends “Dashboard Test” of user “dashboard” from this page and shows its way.</p>
      <button type="button" class="main" disabled={isBusy || !writeKey} onClick={() => void run()}>{isBusy ? 'On its way …' : 'Send a test event'}</button>
      <ol class="steps" aria-live="polite">
        {steps.map(({ name, state, text }) => (
          <li key={name} class={state}><strong>{name}</strong> <span class="small">{state === 'waiting' ? '…' : text}</span></li>
        ))}
      </ol>
    </section>
  );
}

function Sources() {
  const now = useNow(1000);
  const { value, error } = useLoaded((signal) => readAudit(signal), [], 3000);
  return (
    <section class="panel" aria-label="Sources">
      <h2>Sources</h2>
      {error && !value && <ErrorNote error={error} />}
      {!value && !error && <Loading />}
      {value?.sources.length === 0 && <Empty title="Nothing has arrived yet."><p>Send the test event, or use a snippet.</p></Empty>}
      {value && value.sources.length > 0 && (
        <table>
          <thead><tr><th scope="col">source</th><th scope="col" class="right">accepted</th><th scope="col" class="right">rejected</th><th scope="col" class="right">last heard</th></tr></thead>
          <tbody>
            {value.sources.map((source) => (
              <tr key={source.source}>
                <td class="text">{source.source}</td>
                <td class="right"><Num value={source.accepted} digits={12} /></td>
                <td class="right"><Num value={source.rejected} digits={12} /></td>
                <td class="right">{source.newest_received ? `${ago(source.newest_received, now)} ago` : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function KeyList({ keys, error }: { keys: Keys | null; error: import('../api/client').ApiError | null }) {
  if (error && error.status !== 404) return <section class="panel"><h2>Keys</h2><ErrorNote error={error} /></section>;
  if (!keys) return null;
  const list = (all: { begins: string; key?: string; source?: string; sources?: string[] }[]): string =>
    all.length ? all.map(({ begins, key, source, sources }) => `${key ?? `${begins}…`}${source ? ` (${source})` : sources?.length ? ` (${sources.join(', ')})` : ''}`).join(', ') : 'none';
  return (
    <section class="panel" aria-label="Keys">
      <h2>Keys</h2>
      <p class="fresh">They are set in hapax.toml. Of those that may read is shown how they begin.</p>
      <dl class="facts">
        <div><dt>may send</dt><dd>{keys.write_open ? 'everybody who can connect' : list(keys.write_keys)}</dd></div>
        <div><dt>may read</dt><dd>{list(keys.read_keys)}</dd></div>
        <div><dt>may read single events</dt><dd>{list(keys.event_keys ?? [])}</dd></div>
        <div><dt>may do everything</dt><dd>{list(keys.admin_keys)}</dd></div>
      </dl>
    </section>
  );
}
