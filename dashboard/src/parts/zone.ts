// SPDX-License-Identifier: Apache-2.0
/** In which zone times are shown: of the viewer, or that of each view. Kept in this browser and in the address. */
import { viewerZone } from '../format/time';
import { parsePlace } from '../router/location';

export type ZoneChoice = 'view' | 'viewer';

export function zoneChoice(): ZoneChoice {
  const asked = parsePlace(location.hash).params.get('zone');
  if (asked === 'view' || asked === 'viewer') return asked;
  return read('hapax-zone') === 'viewer' ? 'viewer' : 'view';
}

export function shownZone(viewZone: string, choice: ZoneChoice = zoneChoice()): string {
  return choice === 'viewer' ? viewerZone() : viewZone;
}

/** null: storage is not allowed here. */
export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It is as it was the next time.
  }
}
