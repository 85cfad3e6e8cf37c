/** All that is known of one event. */
import type { EventEntry } from '../api/types';
import { exact } from '../format/time';
import { Code } from '../parts/basics';
import { formatPlace } from '../router/location';
import { TIME_WORDS, VERDICT_WORDS } from './event_filters';
import { otherIds, PARTS, shownOriginal, shownPart, type Shown } from './event_parts';

function Fact({ name, children }: { name: string; key?: string; children: preact.ComponentChildren }) {
  return children === null || children === undefined || children === '' ? null : (
    <><dt>{name}</dt><dd>{children}</dd></>
  );
}

function lookFor(what: Record<string, string>): string {
  return formatPlace(['events'], { mode: 'search', ...what });
}

export function EventDetails({ entry, zone }: { entry: EventEntry; zone: string }) {
  const time = (at: string | null): string | null => (at ? `${exact(at, zone)} ${zone}` : null);
  return (
    <div class="event">
      <div>
        <h2>What became of it</h2>
        <dl>
          <Fact name="verdict">{entry.verdict}: {VERDICT_WORDS[entry.verdict]}</Fact>
          {entry.of && <Fact name="the first one">record {entry.of.partition}:{entry.of.offset} {entry.message_id && <a href={lookFor({ message_id: entry.message_id })}>all with this id</a>}</Fact>}
          <Fact name="record">partition {entry.partition}, offset {entry.offset}</Fact>
          <Fact name="receipt"><code>{entry.receipt}</code></Fact>
          <Fact name="flags">{entry.flags?.join(', ')}</Fact>
          {entry.number && <Fact name="number">{entry.number.n} of device {entry.number.device}, epoch {entry.number.epoch}</Fact>}
        </dl>
        <h2>When</h2>
        <dl>
          <Fact name="at the act">{time(entry.original_timestamp) ?? entry.original_timestamp_text ?? 'not sent'}</Fact>
          <Fact name="sent">{time(entry.sent_at) ?? 'not sent'}</Fact>
          <Fact name="received">{time(entry.received_at)}</Fact>
          {entry.event_time && entry.time_reason && <Fact name="event time">{time(entry.event_time)}, {TIME_WORDS[entry.time_reason] ?? entry.time_reason.replace(/_/g, ' ')}</Fact>}
        </dl>
      </div>
      <div>
        <h2>Who and what</h2>
        <dl>
          <Fact name="message id"><code>{entry.message_id}</code></Fact>
          <Fact name="user">{entry.user_id && <a href={lookFor({ user: entry.user_id })}>{entry.user_id}</a>}</Fact>
          <Fact name="anonymous id">{entry.anonymous_id && <a href={lookFor({ user: entry.anonymous_id })}>{entry.anonymous_id}</a>}</Fact>
          {otherIds(entry).map(([name, value]) => <Fact key={name} name={name}>{value}</Fact>)}
        </dl>
        {entry.rejection ? (
          <>
            <h2>Why it was not accepted</h2>
            <p class="bad-text">{entry.rejection.code}: {entry.rejection.reason}</p>
            <Part label="The bytes that were sent" shown={shownOriginal(entry.rejection)} />
          </>
        ) : (
          PARTS.map((part) => {
            const shown = shownPart(entry, part);
            return shown && <div key={part}><h2>{part}</h2><Part label={part} shown={shown} /></div>;
          })
        )}
      </div>
    </div>
  );
}

function Part({ label, shown }: { label: string; shown: Shown }) {
  return (
    <>
      {shown.notes.length > 0 && <p class="small warn-text">{shown.notes.join(' ')}</p>}
      <Code label={label} text={shown.text} />
    </>
  );
}
