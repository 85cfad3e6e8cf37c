// SPDX-License-Identifier: Apache-2.0
/** The answer of a query, kept current by the live stream. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import { readRows } from '../api/requests';
import type { Answer, ViewSpec } from '../api/types';
import { windowOf } from '../format/window';
import { live } from '../live/client';
import { merge } from '../live/merge';
import type { LiveWindow } from '../live/window';
import { liveQuery, parseQuery } from './query';
import { parseRange, rangeFault, rangeParams, windowsIn } from './range';
import { shapedQuery, shapedRange, type Shape } from './shape';
import { WhenShown } from './when_shown';

export interface Answered {
  answer: Answer | null;
  error: ApiError | null;
  isLoading: boolean;
  /** The stream keeps all of it current; else it is as of the last query. */
  isLive: boolean;
  /** What was asked for: that of the panel, or with longer windows. */
  query: string;
  ask: () => void;
}

type State = Omit<Answered, 'ask'> & { asked: string };
const NOTHING: Omit<Answered, 'ask' | 'query'> = { answer: null, error: null, isLoading: true, isLive: false };

/** Between two queries that the stream gives reason for; more where they take long, so that no page keeps the server busy. */
const ASK_AGAIN_MS = 1000;
const PAUSE_PER_MS = 10;
const REFUSED_MS = 3000;
const PAUSE_MS_MAX = 60_000;
/** What is cut has the first rows alone, which change the least. */
const ASK_CUT_MS = 60_000;
const LIVE_WINDOWS_MAX = 100;
/** As many as the API gives at a time. */
const ROWS_MAX = 10_000;

/** All parameters of the query of a panel: those of its own and its time. */
export function wholeQuery(spec: ViewSpec, query: string, range: string, now: number, shape: Shape = 'rows', steps = 0): string {
  const params = new URLSearchParams(shapedQuery(spec, query, range, now, shape, steps).query);
  const window = params.get('window') ?? windowOf(spec);
  const time = window && range ? parseRange(range, now, window) : null;
  if (!params.has('limit')) params.set('limit', String(ROWS_MAX));
  return [params.toString(), time ? rangeParams(shapedRange(time, window!, now, shape)) : ''].filter(Boolean).join('&');
}

function liveWindows(spec: ViewSpec, range: string, now: number): number {
  const window = windowOf(spec);
  const time = window ? parseRange(range || '24h', now, window) : null;
  return time ? Math.min(LIVE_WINDOWS_MAX, windowsIn(time, window!, now)) : 0;
}

/** From the begin of a query that took `tookMs`, after `refusals` in a row, to the next one; `isCut`: it had not all rows. */
export function pauseMs(tookMs: number, refusals: number, isCut = false): number {
  const refused = refusals > 0 ? REFUSED_MS * 2 ** (refusals - 1) : 0;
  return Math.min(PAUSE_MS_MAX, Math.max(isCut ? ASK_CUT_MS : ASK_AGAIN_MS, PAUSE_PER_MS * tookMs, refused));
}

/** While the server is away the stream keeps nothing current. */
const isReached = (): boolean => live.status.state !== 'away' && live.status.state !== 'refused';

export function useAnswer(spec: ViewSpec | null, query: string, range: string, shape: Shape = 'rows'): Answered {
  const asked = JSON.stringify([spec?.name, spec?.group_by, query, range, shape]);
  const [state, setState] = useState<State>({ ...NOTHING, query, asked });
  const again = useRef<() => void>(() => {});

  useEffect(() => {
    if (!spec) return undefined;
    const fault = windowOf(spec) ? rangeFault(range) : null;
    if (fault) {
      setState({ ...NOTHING, query, asked, error: new ApiError(-1, 'no_time', fault), isLoading: false });
      again.current = () => {};
      return undefined;
    }
    let answer: Answer | null = null;
    let stream: LiveWindow | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking: AbortController | null = null;
    let askedAt = 0;
    let tookMs = 0;
    let refusals = 0;
    let isEnded = false;
    let isAsking = false;
    let isBehind = true;
    let parsed = parseQuery(query);
    let shaped = query;
    let steps = 0;
    let stepsMax = Infinity;
    const ends = range.includes('/') && !range.endsWith('/');

    const show = (): void => {
      if (!answer) return;
      const merged = stream ? merge(answer, stream, parsed, spec) : { answer, isBehind: true };
      isBehind = merged.isBehind;
      setState({ asked, query: shaped, answer: merged.answer, error: null, isLoading: false, isLive: !isBehind && isReached() });
    };
    const pause = (): number => pauseMs(tookMs, refusals, answer?.next !== undefined);
    /** With longer windows where those that were asked for have more rows than are given at a time. */
    const askWhole = async (signal: AbortSignal): Promise<Answer> => {
      const told = await readRows(spec.name, wholeQuery(spec, query, range, askedAt, shape, steps), signal);
      const { query: text, canStep } = shapedQuery(spec, query, range, askedAt, shape, steps);
      shaped = text;
      parsed = parseQuery(text);
      if (!told.next || !canStep || steps >= stepsMax) return told;
      steps++;
      try {
        return await askWhole(signal);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 503) throw error;
        // So many cannot be rolled up: the first rows of what can be.
        stepsMax = --steps;
        shaped = text;
        parsed = parseQuery(text);
        return told;
      }
    };
    const ask = async (): Promise<void> => {
      whenShown.cancel();
      clearTimeout(timer);
      timer = undefined;
      asking?.abort();
      const request = new AbortController();
      asking = request;
      askedAt = Date.now();
      isAsking = true;
      try {
        const next = await askWhole(request.signal);
        if (asking !== request) return;
        answer = next;
        isAsking = false;
        tookMs = Date.now() - askedAt;
        refusals = 0;
        show();
        // Without a stream, as of a view of too many groups, nothing else gives reason to.
        if (isEnded) askSoon(Math.max(REFUSED_MS, pause()));
      } catch (error) {
        if (asking !== request) return;
        isAsking = false;
        if (!(error instanceof ApiError)) return;
        // While the server is away what was there stays: the page says so in one place.
        setState((before) => ({ ...before, error: error.isAway && before.answer ? null : error, isLoading: false }));
        if (error.status === 503) {
          refusals += 1;
          askSoon();
        } else if (error.isAway) {
          askSoon(REFUSED_MS);
        }
      }
    };
    const whenShown = new WhenShown(() => void ask());
    const askSoon = (wait = pause()): void => {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        // A query that takes long is waited for: what is asked anew each time is never answered.
        if (isAsking) askSoon(Date.now() - askedAt + ASK_AGAIN_MS);
        else whenShown.run();
      }, Math.max(0, askedAt + wait - Date.now()));
    };
    again.current = () => void ask();

    setState({ ...NOTHING, query, asked });
    void ask();
    const stop = (): void => {
      whenShown.cancel();
      clearTimeout(timer);
      asking?.abort();
      asking = null;
    };
    if (ends) return stop;
    const onState = (next: LiveWindow): void => {
      stream = next;
      isEnded = false;
      if (!answer) return;
      show();
      if (isBehind) askSoon();
    };
    const onEnd = (): void => {
      stream = null;
      isBehind = true;
      isEnded = true;
      askSoon(REFUSED_MS);
    };
    const unsubscribe = live.subscribe(spec.name, liveQuery(parsed, liveWindows(spec, range, Date.now())), onState, onEnd);
    const unwatch = live.watch(({ state: now }) => {
      setState((before) => (before.asked === asked ? { ...before, isLive: !isBehind && isReached() } : before));
      if (now !== 'open') return;
      clearTimeout(timer);
      timer = undefined;
      askSoon(refusals > 0 ? pause() : 0);
    });
    return () => {
      unsubscribe();
      unwatch();
      stop();
    };
  }, [asked]);

  // Until the effect has run, what is known answers another question.
  return { ...(state.asked === asked ? state : { ...NOTHING, query }), ask: () => again.current() };
}
