// SPDX-License-Identifier: Apache-2.0
/** The place that a page shows, as it is in the address: "#/explore?view=events_per_hour&chart=bar". */

export interface Place {
  /** ["explore"], ["boards", "web"]; never empty. */
  path: string[];
  params: URLSearchParams;
}

const FIRST_PAGE = 'overview';

export function parsePlace(hash: string): Place {
  const text = hash.replace(/^#\/?/, '');
  const question = text.indexOf('?');
  const path = (question < 0 ? text : text.slice(0, question)).split('/').filter(Boolean).map(decoded);
  return {
    path: path.length ? path : [FIRST_PAGE],
    params: new URLSearchParams(question < 0 ? '' : text.slice(question + 1)),
  };
}

/** A part that is no valid escape is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function formatPlace(path: string[], params?: URLSearchParams | Record<string, string>): string {
  const query = new URLSearchParams(params).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`;
}

/** `params` with `changes`; undefined and empty take a parameter out. */
export function changed(params: URLSearchParams, changes: Record<string, string | undefined>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}
