// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client';

/** The time, renewed every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export interface Loaded<T> {
  value: T | null;
  error: ApiError | null;
  reload: () => void;
}

/** What `load` gives, asked for when `keys` change and every `everyMs` (0: once) while the page is looked at. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[], everyMs = 0): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; error: ApiError | null }>({ value: null, error: null });
  const again = useRef<() => void>(() => {});
  useEffect(() => {
    const request = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      try {
        if (!document.hidden) {
          const value = await load(request.signal);
          if (!request.signal.aborted) setState({ value, error: null });
        }
      } catch (error) {
        if (request.signal.aborted) return;
        const told = error instanceof ApiError ? error : new ApiError(-1, 'fault', String(error));
        setState((before) => ({ value: before.value, error: told }));
      }
      if (everyMs > 0 && !request.signal.aborted) timer = setTimeout(() => void run(), everyMs);
    };
    again.current = () => void run();
    void run();
    return () => {
      request.abort();
      clearTimeout(timer);
    };
  }, keys);
  return { ...state, reload: () => again.current() };
}
