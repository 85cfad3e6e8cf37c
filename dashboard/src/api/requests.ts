// SPDX-License-Identifier: Apache-2.0
/** The routes that pages use. */
import { getJson, getText, sendJson } from './client';
import { parseMetrics, type Metrics } from './metrics';
import type { Answer, Audit, Board, EventEntry, Session, View } from './types';

export const viewPath = (view: string, query: string): string =>
  `/api/views/${encodeURIComponent(view)}${query ? `?${query}` : ''}`;

export const listViews = async (signal?: AbortSignal): Promise<View[]> =>
  (await getJson<{ views: View[] }>('/api/views', signal)).views;
export const readView = (view: string, query: string, signal?: AbortSignal): Promise<Answer> =>
  getJson(viewPath(view, query), signal);

/** The first rows that there are. A page may be empty though others follow: what was looked at is filtered out. */
export async function readRows(view: string, query: string, signal?: AbortSignal): Promise<Answer> {
  let page = await readView(view, query, signal);
  while (page.rows.length === 0 && page.next) {
    page = await readView(view, `${query}&cursor=${encodeURIComponent(page.next)}`, signal);
  }
  return page;
}
export const readAudit = (signal?: AbortSignal): Promise<Audit> => getJson('/api/audit', signal);
export const readMetrics = async (signal?: AbortSignal): Promise<Metrics> =>
  parseMetrics(await getText('/metrics', signal));

export const readSession = (): Promise<Session> => getJson('/api/session');
export const signIn = (password: string): Promise<Session> => sendJson('POST', '/api/session', { body: { password } });
export const signOut = (): Promise<void> => sendJson('DELETE', '/api/session');
export const setPassword = (token: string, password: string): Promise<Session> =>
  sendJson('POST', '/api/setup', { body: { token, password } });

export interface Keys {
  /** Without `key`: it may read, too, and is hidden. */
  write_keys: { source: string; begins: string; key?: string }[];
  write_open: boolean;
  read_keys: { begins: string; sources?: string[] }[];
  event_keys?: { begins: string }[];
  admin_keys: { begins: string }[];
}
export const readKeys = (): Promise<Keys> => getJson('/api/keys');

export interface BoardSummary {
  id: string;
  name: string;
  origin: 'made' | 'own';
  panel_count: number;
}
export const listBoards = async (): Promise<BoardSummary[]> =>
  (await getJson<{ boards: BoardSummary[] }>('/api/boards')).boards;
export const readBoard = (id: string): Promise<Board> => getJson(`/api/boards/${encodeURIComponent(id)}`);
/** Refused when there is one of this id. */
export const makeBoard = ({ id, name, panels, annotations }: Board): Promise<Board> =>
  sendJson('PUT', `/api/boards/${encodeURIComponent(id)}`, { body: { name, panels, annotations }, headers: { 'If-None-Match': '*' } });
/** Refused when it is not of its revision any more. */
export const saveBoard = (board: Board): Promise<Board> => {
  const { id, revision, origin: _, ...body } = board;
  const headers: Record<string, string> = revision === undefined ? {} : { 'If-Match': `"${revision}"` };
  return sendJson('PUT', `/api/boards/${encodeURIComponent(id)}`, { body, headers });
};
export const deleteBoard = (id: string): Promise<void> => sendJson('DELETE', `/api/boards/${encodeURIComponent(id)}`);

export interface EventsPage {
  events: EventEntry[];
  next: string | null;
  searched?: unknown;
}
export const searchEvents = (query: string, signal?: AbortSignal): Promise<EventsPage> =>
  getJson(`/api/events?${query}`, signal);

export interface Accepted {
  success: boolean;
  receipt: string;
  accepted: number;
  rejected: number;
}
export const sendEvent = (writeKey: string, event: Record<string, unknown>): Promise<Accepted> =>
  sendJson('POST', '/v1/track', { body: event, headers: { 'X-Write-Key': writeKey } });
