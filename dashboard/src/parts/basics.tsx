/** Small parts that all pages share. All text is set as text. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { short, type Shown } from '../format/number';

/** A number; rounded ones say so and have the whole of it in their title. */
export function Num({ value, digits }: { value: number | null | undefined; digits?: number }) {
  if (value === null || value === undefined) return <span class="muted">–</span>;
  return <ShownNum shown={short(value, digits)} />;
}

export function ShownNum({ shown }: { shown: Shown }) {
  if (!shown.full) return <span class="num">{shown.text}</span>;
  return (
    <span class="num rounded" title={`rounded; exactly ${shown.full}`}>
      <span aria-hidden="true">{shown.text}</span>
      <span class="sr">{shown.full}</span>
    </span>
  );
}

export function ErrorNote({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      <p class="small">
        {error.code}
        {error.status > 0 ? `, status ${error.status}` : ''}. {nextStep(error)}{' '}
        {retry && <button onClick={retry}>Try again</button>}
      </p>
    </div>
  );
}

function nextStep(error: ApiError): string {
  if (error.retryAfterSeconds) return `Try again in ${error.retryAfterSeconds} s.`;
  if (error.isAway) return 'The page goes on by itself when the server is back.';
  if (error.status === 403) return 'Whoever runs the server can give you the right.';
  if (error.status === 404) return 'It may have been renamed or removed.';
  if (error.status === 504) return 'Ask again: the server is still reading.';
  if (error.status >= 500) return 'The server’s log says more.';
  return 'Change what was asked for, then try again.';
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [done, setDone] = useState('');
  const copy = async (): Promise<void> => {
    setDone((await toClipboard(text)) ? 'Copied' : 'Copying is not allowed here: select the text');
    setTimeout(() => setDone(''), 2500);
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {done || label}
      </button>
      <span class="sr" role="status">{done}</span>
    </>
  );
}

/** Also on a page without HTTPS, where navigator.clipboard is not there. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.setAttribute('readonly', '');
    document.body.append(area);
    area.select();
    const isDone = document.execCommand('copy');
    area.remove();
    return isDone;
  }
}

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label}>{text}</pre>
      <Copy text={text} />
    </div>
  );
}

export interface Option {
  value: string;
  name: string;
}

export function Select(props: { label: string; value: string; options: Option[]; onChange: (value: string) => void; hideLabel?: boolean }) {
  const { label, value, options, onChange, hideLabel } = props;
  return (
    <label class="field">
      <span class={hideLabel ? 'sr' : ''}>{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>{option.name}</option>
        ))}
      </select>
    </label>
  );
}

export function Segments(props: { label: string; value: string; options: Option[]; onChange: (value: string) => void }) {
  const { label, value, options, onChange } = props;
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.name}
        </button>
      ))}
    </div>
  );
}

/** A link only where it leads to a page: an address that somebody sent may be anything. */
export function SafeLink({ text }: { text: string }) {
  return /^https?:\/\//i.test(text) ? (
    <a href={text} target="_blank" rel="noopener noreferrer nofollow">{text}</a>
  ) : (
    <>{text}</>
  );
}

export function Loading({ what = 'Loading' }: { what?: string }) {
  return <p class="loading" role="status">{what} …</p>;
}
