// SPDX-License-Identifier: Apache-2.0
/** The answer of a query, kept current by the live stream. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { readView } from '../api/requests';
import type { Answer, ViewSpec } from '../api/types';
import { windowOf } from '../format/window';
import { live } from '../live/client';
import { merge } from '../live/merge';
import type { LiveWindow } from '../live/window';
import { liveQuery, parseQuery } from './query';
import { parseRange, rangeParams, windowsIn } from './range';
import { WhenShown } from './when_shown';

export interface Answered {
  answer: Answer | null;
  error: ApiError | null;
  isLoading: boolean;
  /** The stream keeps it current; else it is as of the last query. */
  isLive: boolean;
  ask: () => void;
}

type State = Omit<Answered, 'ask'> & { asked: string };
const NOTHING: Omit<Answered, 'ask'> = { answer: null, error: null, isLoading: true, isLive: false };

/** Between two queries that the stream gives reason for. */
const ASK_AGAIN_MS = 1000;
const LIVE_WINDOWS_MAX = 100;
/** As many as the API gives at a time. */
const ROWS_MAX = 10_000;

/** All parameters of the query of a panel: those of its own and its time. */
export function wholeQuery(spec: ViewSpec, query: string, range: string, now: number): string {
  const params = new URLSearchParams(query);
  const window = params.get('window') ?? windowOf(spec);
  const time = window && range ? parseRange(range, now, window) : null;
  if (!params.has('limit')) params.set('limit', String(ROWS_MAX));
  return [params.toString(), time ? rangeParams(time) : ''].filter(Boolean).join('&');
}

function liveWindows(spec: ViewSpec, range: string, now: number): number {
  const window = windowOf(spec);
  const time = window ? parseRange(range || '24h', now, window) : null;
  return time ? Math.min(LIVE_WINDOWS_MAX, windowsIn(time, window!, now)) : 0;
}

export function useAnswer(spec: ViewSpec | null, query: string, range: string, isFollowed = true): Answered {
  const asked = JSON.stringify([spec?.name, spec?.group_by, query, range, isFollowed]);
  const [state, setState] = useState<State>({ ...NOTHING, asked });
  const again = useRef<() => void>(() => {});

  useEffect(() => {
    if (!spec) return undefined;
    let answer: Answer | null = null;
    let stream: LiveWindow | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking: AbortController | null = null;
    let askedAt = 0;
    const parsed = parseQuery(query);
    const ends = range.includes('/') && !range.endsWith('/');

    const show = (): void => {
      if (!answer) return;
      const merged = stream ? merge(answer, stream, parsed, spec) : null;
      setState({ asked, answer: merged?.answer ?? answer, error: null, isLoading: false, isLive: stream !== null });
    };
    const ask = async (): Promise<void> => {
      whenShown.cancel();
      clearTimeout(timer);
      timer = undefined;
      asking?.abort();
      const request = new AbortController();
      asking = request;
      askedAt = Date.now();
      try {
        answer = await readView(spec.name, wholeQuery(spec, query, range, askedAt), request.signal);
        if (asking === request) show();
      } catch (error) {
        if (asking !== request || !(error instanceof ApiError)) return;
        // While the server is away what was there stays: the page says so in one place.
        setState((before) => ({ ...before, error: error.isAway && before.answer ? null : error, isLoading: false }));
        if (error.status === 503 || error.isAway) askSoon(3000);
      }
    };
    const whenShown = new WhenShown(() => void ask());
    const askSoon = (wait = ASK_AGAIN_MS): void => {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        whenShown.run();
      }, Math.max(0, askedAt + wait - Date.now()));
    };
    again.current = () => void ask();

    setState({ ...NOTHING, asked });
    void ask();
    const stop = (): void => {
      whenShown.cancel();
      clearTimeout(timer);
      asking?.abort();
      asking = null;
    };
    if (!isFollowed || ends) return stop;
    const onState = (next: LiveWindow): void => {
      stream = next;
      if (!answer) return;
      const { isBehind } = merge(answer, next, parsed, spec);
      show();
      if (isBehind) askSoon();
    };
    const unsubscribe = live.subscribe(spec.name, liveQuery(parsed, liveWindows(spec, range, Date.now())), onState, () => askSoon(3000));
    const unwatch = live.watch(({ state: now }) => now === 'open' && askSoon(0));
    return () => {
      unsubscribe();
      unwatch();
      stop();
    };
  }, [asked]);

  // Until the effect has run, what is known answers another question.
  return { ...(state.asked === asked ? state : NOTHING), ask: () => again.current() };
}
