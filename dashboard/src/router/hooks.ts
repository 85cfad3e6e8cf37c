// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { changed, formatPlace, parsePlace, type Place } from './location';

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parsePlace(location.hash));
  useEffect(() => {
    const follow = (): void => setPlace(parsePlace(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return place;
}

/** Goes to a place; `replace`: back leads past the present one. */
export function go(hash: string, replace = false): void {
  if (replace) location.replace(hash);
  else location.hash = hash;
}

/** Changes parameters of the place that is shown. */
export function setParams(changes: Record<string, string | undefined>, replace = false): void {
  const { path, params } = parsePlace(location.hash);
  go(formatPlace(path, changed(params, changes)), replace);
}
