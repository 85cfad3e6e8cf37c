/** The frame of all pages: who is signed in, where one is, whether the server is there. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, whenSignedOut } from './api/client';
import { readSession, signOut } from './api/requests';
import type { Session } from './api/types';
import { live, type LiveStatus } from './live/client';
import { BoardPage } from './pages/board';
import { BoardsPage } from './pages/boards';
import { EventsPage } from './pages/events';
import { ExplorePage } from './pages/explore';
import { FirstPassword, Login } from './pages/login';
import { Overview } from './pages/overview';
import { SetupPage } from './pages/setup';
import { ErrorNote, Loading, Select } from './parts/basics';
import { FaultBoundary } from './parts/fault';
import { Lazy } from './parts/lazy';
import { session } from './parts/session';
import { useStore } from './parts/store';
import { loadViews, views } from './parts/views';
import { ThemeButton } from './parts/theme';
import { keep, zoneChoice } from './parts/zone';
import { viewerZone } from './format/time';
import { setParams, usePlace } from './router/hooks';
import type { Place } from './router/location';

const PAGES: [path: string, name: string][] = [
  ['overview', 'Overview'],
  ['explore', 'Explore'],
  ['boards', 'Boards'],
  ['alerts', 'Alerts'],
  ['events', 'Live events'],
  ['health', 'Health'],
  ['setup', 'Set up'],
];
/** Pages without an entry of their own, and under which they are found. */
const BELOW: Record<string, { name: string; above: string }> = {
  docs: { name: 'What to do', above: 'health' },
};

function Page({ place }: { place: Place }) {
  const [page, name] = place.path;
  switch (page) {
    case 'overview':
      return <Overview params={place.params} />;
    case 'explore':
      return <ExplorePage params={place.params} />;
    case 'boards':
      return name ? <BoardPage key={name} id={name} params={place.params} /> : <BoardsPage />;
    case 'alerts':
      return <Lazy load={async () => (await import('./pages/alerts')).AlertsPage} props={{}} />;
    case 'events':
      return <EventsPage params={place.params} />;
    case 'health':
      return <Lazy load={async () => (await import('./pages/health')).HealthPage} props={{}} />;
    case 'docs':
      return <Lazy load={async () => (await import('./pages/docs')).DocsPage} props={{ name: name ?? 'errors', anchor: place.path[2] ?? '', entry: place.path[3] ?? '' }} />;
    case 'setup':
      return <SetupPage />;
    default:
      return (
        <main id="main" tabIndex={-1}>
          <h1>There is no such page</h1>
          <p>Nothing is at “{place.path.join('/')}”. Choose a page above.</p>
        </main>
      );
  }
}

export function App() {
  const place = usePlace();
  const state = useStore(session);
  const [error, setError] = useState<ApiError | null>(null);

  const begin = async (): Promise<void> => {
    try {
      session.set({ kind: 'in', session: await readSession() });
      setError(null);
    } catch (failure) {
      const told = failure as ApiError;
      if (told.status === 401) session.set({ kind: 'out', needsSetup: told.body.setup_needed === true, wasIn: false });
      else setError(told);
    }
  };
  useEffect(() => void begin(), []);
  useEffect(() => whenSignedOut(() => session.set({ kind: 'out', needsSetup: false, wasIn: true })), []);
  useEffect(() => {
    if (!error?.isAway) return undefined;
    const timer = setTimeout(() => void begin(), 2000);
    return () => clearTimeout(timer);
  }, [error]);
  useEffect(() => {
    const [page] = place.path;
    const name = PAGES.find(([path]) => path === page)?.[1] ?? BELOW[page ?? '']?.name;
    document.title = name ? `${name} – Hapax` : 'Hapax';
  }, [place.path[0]]);

  const token = place.path[0] === 'setup' ? place.path[1] : undefined;
  if (token) return <FirstPassword token={token} />;
  if (error) return <main class="alone"><h1>Hapax</h1><ErrorNote error={error} retry={() => void begin()} /></main>;
  if (state.kind === 'unknown') return <Loading />;
  if (state.kind === 'out') return <Login needsSetup={state.needsSetup} wasIn={state.wasIn} />;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to the page</a>
      <Bar place={place} session={state.session} />
      <Away />
      <FaultBoundary><WithViews><Page place={place} /></WithViews></FaultBoundary>
    </>
  );
}

function WithViews({ children }: { children: preact.ComponentChildren }) {
  const all = useStore(views);
  const [error, setError] = useState<ApiError | null>(null);
  const load = (): void => void loadViews().then(() => setError(null), (failure: ApiError) => setError(failure));
  useEffect(load, []);
  useEffect(() => {
    const isUnfinished = all?.some((view) => view.state !== 'live');
    if (!error?.isAway && !isUnfinished) return undefined;
    const timer = setTimeout(load, 2000);
    return () => clearTimeout(timer);
  }, [error, all]);
  if (error && !all) return <main id="main" tabIndex={-1}><ErrorNote error={error} retry={load} /></main>;
  return all ? <>{children}</> : <Loading />;
}

function Bar({ place, session: who }: { place: Place; session: Session }) {
  const page = place.path[0] ?? '';
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen the entries scroll sideways.
  useEffect(() => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [page]);
  const leave = async (): Promise<void> => {
    await signOut().catch(() => undefined);
    session.set({ kind: 'out', needsSetup: false, wasIn: false });
  };
  return (
    <header class="bar">
      <a class="brand" href="#/overview" aria-label="Hapax, overview">Hapax</a>
      <nav aria-label="Pages" ref={nav}>
        {PAGES.map(([path, name]) => (
          <a key={path} href={`#/${path}`} aria-current={page === path ? 'page' : BELOW[page]?.above === path ? 'true' : undefined}>{name}</a>
        ))}
      </nav>
      <span class="tools">
        <LiveDot />
        <Select label="Time zone" hideLabel value={zoneChoice()} options={[{ value: 'view', name: 'UTC / view’s zone' }, { value: 'viewer', name: viewerZone() }]}
          onChange={(value) => { keep('hapax-zone', value); setParams({ zone: value }); }} />
        <ThemeButton />
        {(who.how === 'password') && <button type="button" class="quiet" onClick={() => void leave()}>Sign out</button>}
      </span>
    </header>
  );
}

function useLiveStatus(): LiveStatus {
  const [status, setStatus] = useState(live.status);
  useEffect(() => live.watch(setStatus), []);
  return status;
}

const STATE_WORDS: Record<LiveStatus['state'], string> = {
  idle: '', // A page without live figures may be current all the same.
  connecting: 'Connecting',
  open: 'Live',
  away: 'Reconnecting',
  refused: 'No live stream',
};

function LiveDot() {
  const { state } = useLiveStatus();
  return (
    <span class={`live ${state}`} role="status">
      {state !== 'idle' && <span class="dot" aria-hidden="true" />}
      {STATE_WORDS[state]}
    </span>
  );
}

function Away() {
  const { state, message } = useLiveStatus();
  if (state !== 'away' && state !== 'refused') return null;
  return (
    <div class="banner" role="alert">
      {state === 'away' ? 'The server is away. What you see is from before; the page goes on by itself when the server is back.' : `Live figures are refused: ${message}`}{' '}
      <button type="button" onClick={() => live.retry()}>Try now</button>
    </div>
  );
}
