// SPDX-License-Identifier: Apache-2.0
/** Alerts as the API has them (docs/alerts.md). */
import { getJson, sendJson } from './client';

export interface AlertRule {
  name: string;
  view?: string;
  measure?: string;
  query?: string;
  window?: 'present' | 'complete';
  figure?: string;
  source?: string;
  when?: 'above' | 'below' | 'absent';
  threshold?: number;
  for?: number;
  repeat?: string;
  webhook?: { url: string; secret?: string };
  email?: string[];
}

export interface Alert extends AlertRule {
  id: string;
  revision: string;
  status: { state: 'ok' | 'firing' | 'unknown'; reason: string; value: number | null; looked_at: string | null; firing_since?: string | null };
  deliveries: { channel: string; told: string; state: string; tries: number; last_try: string | null; error?: string }[];
}

export interface Firing {
  id: string;
  alert: string;
  name: string;
  since: string;
  until: string | null;
  value: number | null;
}

export interface Figure {
  name: string;
  meaning: string;
  has_sources: boolean;
  when: 'above' | 'below';
  threshold: number | null;
}

export interface Alerts {
  alerts: Alert[];
  firings: Firing[];
  figures: Figure[];
  can_mail: boolean;
}

export interface Delivery {
  channel: string;
  delivered: boolean;
  error?: string;
}

const path = (id: string): string => `/api/alerts/${encodeURIComponent(id)}`;

export const listAlerts = (signal?: AbortSignal): Promise<Alerts> => getJson('/api/alerts', signal);
/** With a revision that one is replaced; without, there must be none of this id. */
export const putAlert = (id: string, rule: AlertRule, revision?: string): Promise<AlertRule> =>
  sendJson('PUT', path(id), { body: rule, headers: revision ? { 'If-Match': `"${revision}"` } : { 'If-None-Match': '*' } });
export const deleteAlert = (id: string): Promise<unknown> => sendJson('DELETE', path(id));
export const testAlert = (id: string): Promise<{ deliveries: Delivery[] }> => sendJson('POST', `${path(id)}/test`);
