// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { EventEntry, Rejection } from '../api/types';
import { isCut, otherIds, shownOriginal, shownPart } from './event_parts';

const ENTRY: Pick<EventEntry, 'properties' | 'traits' | 'context' | 'cut' | 'rejection'> = {
  properties: { button: 'buy' }, traits: null, context: {}, cut: null, rejection: null,
};
const REJECTION: Rejection = { code: 'missing_event', reason: 'r', original: '{', original_bytes: 1, original_cut: false, original_exact: true };

describe('parts of an event', () => {
  it('are laid out, those alone that were sent', () => {
    expect(shownPart(ENTRY, 'properties')).toEqual({ text: '{\n  "button": "buy"\n}', notes: [] });
    expect(shownPart(ENTRY, 'traits')).toBeNull();
    expect(shownPart(ENTRY, 'context')).toBeNull();
    expect(isCut(ENTRY)).toBe(false);
  });
  it('that are cut show their beginning and say of how much it is', () => {
    const cut = { ...ENTRY, context: '{"page":"aaa', cut: { context: 70_000 } };
    expect(shownPart(cut, 'context')).toEqual({ text: '{"page":"aaa', notes: ['Cut: the first 64.0 KiB of 68.4 KiB.'] });
    expect(shownPart(cut, 'properties')?.notes).toEqual([]);
    expect(isCut(cut)).toBe(true);
  });
});

it('has the ids that some events alone have', () => {
  expect(otherIds({ session_id: null })).toEqual([]);
  expect(otherIds({ session_id: 's', group_id: 'g', previous_id: 'p', category: 'c' })).toEqual([['session', 's'], ['group', 'g'], ['previous id', 'p'], ['category', 'c']]);
});

describe('a dead letter', () => {
  it('says when its bytes are not all there, or not as they were', () => {
    expect(shownOriginal(REJECTION)).toEqual({ text: '{', notes: [] });
    const other = { ...REJECTION, original_bytes: 3 * 1024 * 1024, original_cut: true, original_exact: false };
    expect(shownOriginal(other).notes).toEqual(['Cut: the first 64.0 KiB of 3.0 MiB.', expect.stringContaining('no UTF-8')]);
    expect(isCut({ cut: null, rejection: REJECTION })).toBe(false);
    expect(isCut({ cut: null, rejection: other })).toBe(true);
  });
});
