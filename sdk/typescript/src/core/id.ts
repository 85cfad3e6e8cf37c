// SPDX-License-Identifier: Apache-2.0
import type { Random } from './ports';

/** A random id of 128 bits: 22 characters of base64url. */
export function newId(random: Random): string {
  return btoa(String.fromCharCode(...random(new Uint8Array(16))))
    .replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
}

/** A number in [0, 1). */
export function fraction(random: Random): number {
  return random(new Uint8Array(4)).reduce((value, byte) => (value + byte) / 256, 0);
}

/** How many bytes `text` has in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
