/** The debugger: events as they arrive, each with all that is known of it. */
import { useState } from 'preact/hooks';
import type { EventEntry } from '../api/types';
import { clock } from '../format/time';
import { Empty, ErrorNote, Loading, Segments, Select } from '../parts/basics';
import { may } from '../parts/session';
import { useStore } from '../parts/store';
import { views } from '../parts/views';
import { shownZone } from '../parts/zone';
import { setParams } from '../router/hooks';
import { EventDetails } from './event_details';
import { apiQuery, needsSearch, TYPES, VERDICT_WORDS, VERDICTS } from './event_filters';
import { isCut } from './event_parts';
import { useFoundEvents, useLiveEvents } from './use_events';

export function EventsPage({ params }: { params: URLSearchParams }) {
  useStore(views);
  const [isPaused, setPaused] = useState(false);
  const isSearch = params.get('mode') === 'search' || needsSearch(params);
  const allowed = may('events');
  const stream = useLiveEvents(apiQuery(params, false), allowed && !isSearch && !isPaused);
  const found = useFoundEvents(apiQuery(params, true), allowed && isSearch);
  return (
    <main id="main" tabIndex={-1}>
      <div class="page-head">
        <h1>Live events</h1>
        <div class="controls">
          <Segments label="Mode" value={isSearch ? 'search' : 'live'} options={[{ value: 'live', name: 'As they arrive' }, { value: 'search', name: 'Search' }]}
            onChange={(mode) => setParams(mode === 'live' ? { mode: undefined, message_id: undefined, from: undefined, to: undefined } : { mode })} />
          {!isSearch && <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>{isPaused ? 'Go on' : 'Pause'}</button>}
        </div>
      </div>
      {!allowed && <Empty title="You may not see raw events."><p>They are people’s data: that is a right of its own. Whoever runs the server can give it to you.</p></Empty>}
      {allowed && (
        <>
          <FilterBar params={params} isSearch={isSearch} />
          {isSearch ? <FoundList found={found} /> : <StreamList stream={stream} isPaused={isPaused} />}
        </>
      )}
    </main>
  );
}

function FilterBar({ params, isSearch }: { params: URLSearchParams; isSearch: boolean }) {
  const text = (name: string, label: string, placeholder: string) => (
    <label class="field">{label}<input key={name} value={params.get(name) ?? ''} placeholder={placeholder} onChange={(event) => setParams({ [name]: event.currentTarget.value.trim() })} /></label>
  );
  const choice = (name: string, label: string, values: string[]) => (
    <Select label={label} value={params.get(name) ?? ''} options={[{ value: '', name: 'any' }, ...values.map((value) => ({ value, name: value }))]} onChange={(value) => setParams({ [name]: value })} />
  );
  return (
    <form class="explore" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
      {text('source', 'Source', 'web')}
      {choice('type', 'Type', TYPES)}
      {text('name', 'Name', 'Clicked')}
      {text('user', 'User', 'user or anonymous id')}
      {choice('verdict', 'Verdict', VERDICTS)}
      {isSearch && text('message_id', 'Message id', 'm-1')}
      {isSearch && text('from', 'Received from', '2026-11-27T10:00Z')}
      {isSearch && text('to', 'Received before', '2026-11-27T11:00Z')}
    </form>
  );
}

function StreamList({ stream, isPaused }: { stream: ReturnType<typeof useLiveEvents>; isPaused: boolean }) {
  const notes = [isPaused ? 'Paused: what arrives now is found by Search.' : { connecting: 'Connecting …', open: 'Listening.', away: 'The server is away; this goes on by itself.' }[stream.state]];
  if (stream.skipped > 0) notes.push(`${stream.skipped} were too many to show.`);
  if (stream.sampled < 1) notes.push(`A sample: ${(stream.sampled * 100).toFixed(1)} % of what arrives.`);
  return (
    <>
      <p class="fresh" role="status">{notes.join(' ')}</p>
      {stream.error && <ErrorNote error={stream.error} />}
      {stream.events.length === 0 && !stream.error ? (
        <Empty title="Nothing has arrived since you opened this page."><p>Send an event from <a href="#/setup">Set up</a>, or look for older ones with Search.</p></Empty>
      ) : (
        <EventTable events={stream.events} />
      )}
    </>
  );
}

function FoundList({ found }: { found: ReturnType<typeof useFoundEvents> }) {
  if (found.error) return <ErrorNote error={found.error} />;
  if (found.isLoading && found.events.length === 0) return <Loading what="Searching the log" />;
  return (
    <>
      {found.events.length === 0 ? <Empty title="Nothing found."><p>{found.next ? 'Nothing in the newest part of the log: look further back.' : 'Loosen a filter.'}</p></Empty> : <EventTable events={found.events} />}
      {found.next && <p><button type="button" disabled={found.isLoading} onClick={found.more}>{found.isLoading ? 'Searching …' : 'Older ones'}</button></p>}
    </>
  );
}

function EventTable({ events }: { events: EventEntry[] }) {
  const zone = shownZone('UTC');
  const [open, setOpen] = useState<string | null>(null);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Events, the newest first">
      <table class="events">
        <thead>
          <tr><th scope="col"><span class="sr">details</span></th><th scope="col">received, {zone}</th><th scope="col">verdict</th><th scope="col">source</th><th scope="col">type</th><th scope="col">name</th><th scope="col">whose</th></tr>
        </thead>
        <tbody>
          {events.map((entry) => {
            const key = `${entry.partition}:${entry.offset}`;
            const isOpen = open === key;
            return [
              <tr key={key} class={isOpen ? 'open' : ''}>
                <td><button type="button" class="quiet" aria-expanded={isOpen} aria-label={`Details of record ${key}`} onClick={() => setOpen(isOpen ? null : key)}>{isOpen ? '−' : '+'}</button></td>
                <td class="nowrap num">{clock(entry.received_at, zone, true)}</td>
                <td><span class={`verdict ${entry.verdict}`} title={VERDICT_WORDS[entry.verdict]}>{entry.verdict}</span></td>
                <td class="text">{entry.source}</td>
                <td>{entry.type}</td>
                <td class="text">{entry.name || entry.rejection?.code || ''}{isCut(entry) && <span class="muted" title="too large to be shown whole"> cut</span>}</td>
                <td class="text">{entry.user_id ?? entry.anonymous_id ?? ''}</td>
              </tr>,
              isOpen && <tr key={`${key} details`} class="details"><td colSpan={7}><EventDetails entry={entry} zone={zone} /></td></tr>,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}
