// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { changed, formatPlace, parsePlace } from './location';

it('begins with the overview', () => {
  expect(parsePlace('').path).toEqual(['overview']);
  expect(parsePlace('#/').path).toEqual(['overview']);
});

it('takes back what it made, whatever is in it', () => {
  const params = { q: 'group_by=event&source=a b&x=1', title: '<script>/?#&' };
  const place = parsePlace(formatPlace(['boards', 'my/board?'], params));
  expect(place.path).toEqual(['boards', 'my/board?']);
  expect(Object.fromEntries(place.params)).toEqual(params);
});

it('does not fail on an address that somebody typed', () => {
  expect(parsePlace('#/boards/%E0%A4%A?x=%').path).toEqual(['boards', '%E0%A4%A']);
});

it('takes parameters out that are empty', () => {
  const next = changed(new URLSearchParams('a=1&b=2'), { a: undefined, b: '', c: '3' });
  expect(next.toString()).toBe('c=3');
});
