// SPDX-License-Identifier: Apache-2.0
/** Who is signed in. */
import type { Right, Session } from '../api/types';
import { Store } from './store';

export type SessionState =
  | { kind: 'unknown' }
  | { kind: 'in'; session: Session }
  | { kind: 'out'; needsSetup: boolean; wasIn: boolean };

export const session = new Store<SessionState>({ kind: 'unknown' });

export function may(right: Right): boolean {
  return session.value.kind === 'in' && session.value.session.rights.includes(right);
}
