// SPDX-License-Identifier: Apache-2.0
/** What a panel asks of a view: the parameters of the read API, read and written. */
import type { ViewSpec } from '../api/types';

export interface PanelQuery {
  /** null: as the view groups. */
  groupBy: string[] | null;
  /** Empty: all. */
  measures: string[];
  /** Field and value as the API takes them (docs/http-api.md, Values of groups). */
  filters: [field: string, value: string][];
  /** null: the view's. */
  window: string | null;
  isByTime: boolean;
  /** "-views"; null by time. */
  order: string | null;
  limit: number | null;
}

/** Fields that the API takes without "group." in front. */
const RECORD_FIELDS = ['source', 'event', 'type', 'user', 'category', 'user_id', 'anonymous_id', 'session_id', 'group_id', 'message_id'];

export function filterName(field: string): string {
  return RECORD_FIELDS.includes(field) ? field : `group.${field}`;
}

export function parseQuery(text: string): PanelQuery {
  const params = new URLSearchParams(text);
  const order = params.get('order');
  const list = (value: string | null): string[] => (value ? value.split(',').map((part) => part.trim()) : []);
  const filters = [...params]
    .filter(([name]) => name.startsWith('group.') || RECORD_FIELDS.includes(name))
    .map(([name, value]): [string, string] => [name.replace(/^group\./, ''), value]);
  return {
    groupBy: params.has('group_by') ? list(params.get('group_by')) : null,
    measures: list(params.get('measures')),
    filters,
    window: params.get('window'),
    isByTime: !order || order === 'time',
    order: !order || order === 'time' ? null : order,
    limit: params.has('limit') ? Number(params.get('limit')) : null,
  };
}

export function formatQuery(query: PanelQuery): string {
  const params = new URLSearchParams();
  if (query.groupBy) params.set('group_by', query.groupBy.join(','));
  if (query.measures.length) params.set('measures', query.measures.join(','));
  for (const [field, value] of query.filters) params.set(filterName(field), value);
  if (query.window) params.set('window', query.window);
  if (query.order) params.set('order', query.order);
  if (query.limit) params.set('limit', String(query.limit));
  return params.toString();
}

/** The parameters of the live stream that tells when and how the answer of `query` changes. */
export function liveQuery(query: PanelQuery, windows: number): string {
  const params = new URLSearchParams();
  for (const [field, value] of query.filters) params.set(filterName(field), value);
  if (query.measures.length) params.set('measures', query.measures.join(','));
  if (windows > 0) params.set('windows', String(windows));
  params.set('top', '100');
  return params.toString();
}

/** Filters on fields that the view does not group by are refused by the API: those that it has. */
export function fitting(query: PanelQuery, spec: ViewSpec): PanelQuery {
  const fields = spec.group_by ?? [];
  return {
    ...query,
    filters: query.filters.filter(([field]) => fields.includes(field)),
    groupBy: query.groupBy && query.groupBy.filter((field) => fields.includes(field)),
    measures: query.measures.filter((measure) => Object.keys(spec.measures).includes(measure)),
  };
}
