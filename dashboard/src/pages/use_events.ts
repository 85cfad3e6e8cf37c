// SPDX-License-Identifier: Apache-2.0
/** Events as they arrive (GET /api/events/live), or as they are found (GET /api/events). */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, getJson } from '../api/client';
import { searchEvents } from '../api/requests';
import type { EventEntry } from '../api/types';

/** More than this is not kept: whoever looks for older ones searches. */
export const KEPT_MAX = 500;

interface Frame {
  events: EventEntry[];
  skipped: number;
  sampled: number;
}

/** Frames that wait to be painted: a hidden tab paints nothing. */
export class WaitingFrames {
  private frames: Frame[] = [];
  private count = 0;
  private dropped = 0;

  /** Events beyond those that are kept anyway make way, the oldest first, and count as skipped. */
  push(frame: Frame): void {
    this.frames.push(frame);
    this.count += frame.events.length;
    while (this.frames.length > 1 && (this.count > KEPT_MAX || this.frames.length > KEPT_MAX)) {
      const oldest = this.frames.shift()!;
      this.count -= oldest.events.length;
      this.dropped += oldest.events.length + (oldest.skipped ?? 0);
    }
  }

  take(): Frame[] {
    const [first, ...others] = this.frames;
    const taken = first ? [{ ...first, skipped: (first.skipped ?? 0) + this.dropped }, ...others] : [];
    this.clear();
    return taken;
  }

  clear(): void {
    this.frames = [];
    this.count = 0;
    this.dropped = 0;
  }
}

export interface Stream {
  events: EventEntry[];
  skipped: number;
  sampled: number;
  state: 'connecting' | 'open' | 'away';
  error: ApiError | null;
}

const keyOf = (entry: EventEntry): string => `${entry.partition}:${entry.offset}`;

/** Newest first; an entry that came before with verdict "pending" is replaced. */
export function taken(before: EventEntry[], news: EventEntry[]): EventEntry[] {
  const known = new Map(news.map((entry) => [keyOf(entry), entry]));
  const updated = before.map((entry) => known.get(keyOf(entry)) ?? entry);
  const had = new Set(before.map(keyOf));
  const added = news.filter((entry) => !had.has(keyOf(entry)));
  return [...added.reverse(), ...updated].slice(0, KEPT_MAX);
}

export function useLiveEvents(query: string, isOn: boolean): Stream {
  const [stream, setStream] = useState<Stream>({ events: [], skipped: 0, sampled: 1, state: 'connecting', error: null });
  const waiting = useRef(new WaitingFrames());
  useEffect(() => {
    waiting.current.clear();
    setStream({ events: [], skipped: 0, sampled: 1, state: 'connecting', error: null });
  }, [query]);
  useEffect(() => {
    if (!isOn) return undefined;
    const path = `/api/events/live${query ? `?${query}` : ''}`;
    const source = new EventSource(path);
    let paint = 0;
    const show = (): void => {
      paint = 0;
      const frames = waiting.current.take();
      setStream((before) => frames.reduce<Stream>((now, frame) => ({
        ...now, events: taken(now.events, frame.events), skipped: now.skipped + (frame.skipped ?? 0), sampled: frame.sampled ?? 1,
      }), before));
    };
    source.onopen = () => setStream((before) => ({ ...before, state: 'open', error: null }));
    source.onmessage = ({ data }: MessageEvent<string>) => {
      waiting.current.push(JSON.parse(data) as Frame);
      paint ||= requestAnimationFrame(show);
    };
    source.onerror = () => {
      setStream((before) => ({ ...before, state: 'away' }));
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused for good: an EventSource does not say why. The search is refused with the same reason.
      getJson(`/api/events?limit=1${query ? `&${query}` : ''}`).then(
        () => undefined, (error: ApiError) => setStream((before) => ({ ...before, error })));
    };
    return () => {
      cancelAnimationFrame(paint);
      source.close();
    };
  }, [query, isOn]);
  return stream;
}

export interface Found {
  events: EventEntry[];
  next: string | null;
  searched: unknown;
  error: ApiError | null;
  isLoading: boolean;
  more: () => void;
}

const PAGE = 50;

export function useFoundEvents(query: string, isOn: boolean): Found {
  const [state, setState] = useState<Omit<Found, 'more'>>({ events: [], next: null, searched: null, error: null, isLoading: false });
  const request = useRef<AbortController | null>(null);
  const load = async (cursor: string | null, signal: AbortSignal): Promise<void> => {
    setState((before) => ({ ...before, isLoading: true }));
    try {
      const page = await searchEvents([query, `limit=${PAGE}`, cursor ? `cursor=${encodeURIComponent(cursor)}` : ''].filter(Boolean).join('&'), signal);
      if (signal.aborted) return;
      setState((before) => ({ events: cursor ? [...before.events, ...page.events] : page.events, next: page.next, searched: page.searched, error: null, isLoading: false }));
    } catch (error) {
      if (error instanceof ApiError && !signal.aborted) setState((before) => ({ ...before, error, isLoading: false }));
    }
  };
  useEffect(() => {
    if (!isOn) return undefined;
    const asked = new AbortController();
    request.current = asked;
    void load(null, asked.signal);
    return () => asked.abort();
  }, [query, isOn]);
  return { ...state, more: () => request.current && void load(state.next, request.current.signal) };
}
