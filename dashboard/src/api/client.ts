// SPDX-License-Identifier: Apache-2.0
/** Requests to our own server: JSON in, JSON out, errors as one class. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterSeconds: number | null = null,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }

  /** No answer came: the server is away, not the request wrong. */
  get isAway(): boolean {
    return this.status === 0;
  }
}

type Listener = (error: ApiError) => void;
const onSignedOut = new Set<Listener>();

/** Calls `listener` when an answer says that nobody is signed in (any more). */
export function whenSignedOut(listener: Listener): () => void {
  onSignedOut.add(listener);
  return () => onSignedOut.delete(listener);
}

export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's page: its status says enough.
  }
  const seconds = Number(response.headers.get('Retry-After'));
  return new ApiError(
    response.status,
    String(body.code ?? `http_${response.status}`),
    String(body.message ?? (text.slice(0, 200) || response.statusText || 'no reason was given')),
    Number.isFinite(seconds) && seconds > 0 ? seconds : null,
    body,
  );
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (failure) {
    if ((failure as Error).name === 'AbortError') throw failure;
    throw new ApiError(0, 'away', 'The server does not answer.');
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (response.status === 401 && !path.startsWith('/api/session') && !path.startsWith('/api/setup') && !path.startsWith('/v1/')) {
    onSignedOut.forEach((listener) => listener(error));
  }
  throw error;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await send(path, { signal, headers: { Accept: 'application/json' } })).json()) as T;
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  return (await send(path, { signal })).text();
}

export interface SendOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** The answer's JSON; undefined when it has no body. */
export async function sendJson<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, options: SendOptions = {}): Promise<T> {
  const headers: Record<string, string> = { ...options.headers };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const response = await send(path, { method, headers, body });
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
