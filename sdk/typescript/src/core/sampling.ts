// SPDX-License-Identifier: Apache-2.0

/**
 * Where an id lies in [0, 1): the same for the same id everywhere, and spread evenly.
 * FNV-1a of 32 bits with the finalizer of MurmurHash3.
 */
export function placeOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
