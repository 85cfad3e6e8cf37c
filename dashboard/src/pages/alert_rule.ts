// SPDX-License-Identifier: Apache-2.0
/** An alert in words, and between a form and the API. */
import type { Alert, AlertRule } from '../api/alerts';

export interface AlertForm {
  name: string;
  /** "view" or the name of a figure. */
  watch: string;
  view: string;
  measure: string;
  query: string;
  window: 'present' | 'complete';
  source: string;
  when: 'above' | 'below' | 'absent';
  threshold: string;
  looks: string;
  repeat: string;
  webhook: string;
  email: string;
}

export const EMPTY: AlertForm = {
  name: '', watch: 'view', view: 'events_per_hour', measure: 'count', query: '', window: 'complete', source: '',
  when: 'below', threshold: '1', looks: '1', repeat: '', webhook: '', email: '',
};

export function ruleOf(form: AlertForm): AlertRule {
  const rule: AlertRule = { name: form.name, when: form.when };
  if (form.watch === 'view') Object.assign(rule, { view: form.view, measure: form.measure, window: form.window, ...(form.query ? { query: form.query } : {}) });
  else Object.assign(rule, { figure: form.watch, ...(form.source ? { source: form.source } : {}) });
  if (form.when !== 'absent' && form.threshold !== '') rule.threshold = Number(form.threshold);
  if (Number(form.looks) > 1) rule.for = Number(form.looks);
  if (form.repeat) rule.repeat = form.repeat;
  if (form.webhook) rule.webhook = { url: form.webhook };
  const email = form.email.split(/[\s,;]+/).filter(Boolean);
  if (email.length) rule.email = email;
  return rule;
}

export function formOf(alert: Alert): AlertForm {
  return {
    name: alert.name,
    watch: alert.figure ?? 'view',
    view: alert.view ?? EMPTY.view,
    measure: alert.measure ?? EMPTY.measure,
    query: alert.query ?? '',
    window: alert.window ?? 'present',
    source: alert.source ?? '',
    when: alert.when ?? 'above',
    threshold: alert.threshold === undefined || alert.threshold === null ? '' : String(alert.threshold),
    looks: String(alert.for ?? 1),
    repeat: alert.repeat ?? '',
    webhook: alert.webhook?.url ?? '',
    email: (alert.email ?? []).join(', '),
  };
}

/** A webhook that is left as it is shown, with *** in it, is sent back whole: the server knows what it stands for. */
export function changedRule(form: AlertForm, before: Alert | null): AlertRule {
  const rule = ruleOf(form);
  if (before?.webhook && rule.webhook?.url === before.webhook.url) rule.webhook = before.webhook;
  return rule;
}

export function inWords(rule: AlertRule): string {
  const what = rule.figure
    ? `${rule.figure.replace(/_/g, ' ')}${rule.source ? ` of ${rule.source}` : ''}`
    : `${rule.measure} of ${rule.view}${rule.query ? ` where ${rule.query}` : ''}, ${rule.window ?? 'present'} window`;
  const is = rule.when === 'absent' ? 'has no events' : `is ${rule.when ?? 'above'} ${rule.threshold ?? 'its limit'}`;
  return `when ${what} ${is}${(rule.for ?? 1) > 1 ? `, ${rule.for} looks in a row` : ''}`;
}
