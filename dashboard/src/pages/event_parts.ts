// SPDX-License-Identifier: Apache-2.0
/** What of an event is shown as text, and what of it is not there: the API cuts what is large. */
import type { EventEntry, EventPart, Rejection } from '../api/types';
import { bytes } from '../format/number';

export const PARTS: EventPart[] = ['properties', 'traits', 'context'];

/** As much of a part, or of a dead letter, as the API shows. */
const SHOWN = bytes(64 * 1024).text;

function cutNote(size: number): string {
  return `Cut: the first ${SHOWN} of ${bytes(size).text}.`;
}

export interface Shown {
  text: string;
  /** What is not as it was sent; empty: all is. */
  notes: string[];
}

/** null: nothing of it was sent. */
export function shownPart(entry: Pick<EventEntry, EventPart | 'cut'>, part: EventPart): Shown | null {
  const value = entry[part];
  const size = entry.cut?.[part];
  // The beginning of an object is a string; it is no JSON that could be laid out.
  if (size !== undefined) return { text: String(value), notes: [cutNote(size)] };
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return null;
  return { text: JSON.stringify(value, null, 2), notes: [] };
}

export function shownOriginal({ original, original_bytes: size, original_cut: isCut, original_exact: isExact }: Rejection): Shown {
  const notes: string[] = [];
  if (isCut) notes.push(cutNote(size));
  if (isExact === false) notes.push('Bytes that are no UTF-8 are shown as \uFFFD.');
  return { text: original, notes };
}

const IDS: [key: 'session_id' | 'group_id' | 'previous_id' | 'category', name: string][] = [
  ['session_id', 'session'], ['group_id', 'group'], ['previous_id', 'previous id'], ['category', 'category'],
];

/** What was sent beside the user's ids and the name, of what not all events have. */
export function otherIds(entry: Pick<EventEntry, 'session_id' | 'group_id' | 'previous_id' | 'category'>): [name: string, value: string][] {
  return IDS.flatMap(([key, name]): [string, string][] => (entry[key] ? [[name, entry[key]]] : []));
}

export function isCut({ cut, rejection }: Pick<EventEntry, 'cut' | 'rejection'>): boolean {
  return cut !== null || rejection?.original_cut === true;
}
