// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { Alert } from '../api/alerts';
import { changedRule, EMPTY, formOf, inWords, ruleOf } from './alert_rule';

const RULE = { name: 'No sign-ups', view: 'signups', measure: 'n', query: 'source=web', window: 'complete' as const, when: 'below' as const, threshold: 1, for: 3, repeat: '1h', webhook: { url: 'https://h/***', secret: '***' }, email: ['a@x', 'b@x'] };
const ALERT: Alert = { ...RULE, id: 'no', revision: 'r', status: { state: 'ok', reason: '', value: 0, looked_at: null }, deliveries: [] };

it('is the same after the form', () => {
  expect(changedRule(formOf(ALERT), ALERT)).toEqual(RULE);
});

it('takes another webhook in place of the one that is hidden', () => {
  expect(changedRule({ ...formOf(ALERT), webhook: 'https://new/x' }, ALERT).webhook).toEqual({ url: 'https://new/x' });
  expect(changedRule({ ...formOf(ALERT), webhook: '' }, ALERT).webhook).toBeUndefined();
});

it('of a figure has nothing of a view', () => {
  expect(ruleOf({ ...EMPTY, name: 'Quiet', watch: 'no_events', source: 'web', when: 'above', threshold: '600' })).toEqual({ name: 'Quiet', figure: 'no_events', source: 'web', when: 'above', threshold: 600 });
  expect(ruleOf({ ...EMPTY, name: 'x', when: 'absent' })).not.toHaveProperty('threshold');
  expect(ruleOf({ ...EMPTY, name: 'x', watch: 'books_broken', when: 'above', threshold: '' })).not.toHaveProperty('threshold');
});

it('is said in words', () => {
  expect(inWords(RULE)).toBe('when n of signups where source=web, complete window is below 1, 3 looks in a row');
  expect(inWords({ name: 'x', figure: 'lag_seconds', when: 'above', threshold: 60 })).toBe('when lag seconds is above 60');
});
