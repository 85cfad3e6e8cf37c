// SPDX-License-Identifier: Apache-2.0
/** Which write key snippets and the test event have. */
import type { Keys } from '../api/requests';

/** In snippets, as long as no key is known. */
export const KEY_MISSING = 'YOUR_WRITE_KEY';

export interface KeyChoice {
  /** Those to choose from; empty: it is typed. */
  offered: { source: string; key: string }[];
  /** Until somebody chooses another one; empty: none is known. */
  first: string;
  hint: string;
}

/** `keys` null: not known (yet), or not for whoever looks. */
export function keyChoice(keys: Keys | null): KeyChoice {
  if (!keys) {
    return { offered: [], first: '', hint: 'The write key says from which source events are. It is public: it may only send. Whoever runs the server has it; where none is configured, any name is one, such as web.' };
  }
  if (keys.write_open) {
    return { offered: [], first: 'web', hint: 'This server takes any write key, and the key names the source. Set collector.write_keys before others can reach it.' };
  }
  const offered = keys.write_keys.flatMap(({ source, key }) => (key ? [{ source, key }] : []));
  if (offered.length > 0) return { offered, first: offered[0]!.key, hint: 'The write key says from which source events are. It is public: it may only send.' };
  return { offered, first: '', hint: 'The write keys of this server may read, too, and are not shown. Configure one that may only send: collector.write_keys.' };
}
