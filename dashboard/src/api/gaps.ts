// SPDX-License-Identifier: Apache-2.0
/** Losses on the way (docs/http-api.md). */
import { getJson } from './client';

export interface Gap {
  source: string;
  missing_at_least: number;
  missing_devices: number;
  dropped: Record<string, number>;
  open_tail: number;
  open_tail_devices: number;
  not_believed: { missing: number; devices: number; open_tail: number; open_tail_devices: number };
  unnumbered_devices: number;
}
export interface Gaps {
  complete: boolean;
  behind_records: number;
  unseen: string;
  sources: (Gap & { devices: number; arrived: number })[];
  rows: (Gap & { day: string })[];
  next: string | null;
}
export interface GapDevice {
  device: string;
  epoch: string;
  believed: boolean;
  missing: number;
  gaps: { first: number; last: number }[];
  missing_beside_gaps: number;
  since: string;
  last_day: string;
  arrived: number;
  highest: number;
}

export const readGaps = (from: string, signal?: AbortSignal): Promise<Gaps> => getJson(`/api/gaps?from=${from}&limit=10000`, signal);
export interface GapDevicesPage {
  devices: GapDevice[];
  /** Null: these are all. */
  next: string | null;
}

/** The first of them. A page may be empty though others follow. */
export async function readGapDevices(source: string, day: string, signal?: AbortSignal): Promise<GapDevicesPage> {
  const path = `/api/gaps/devices?source=${encodeURIComponent(source)}&day=${day}`;
  let page = await getJson<GapDevicesPage>(path, signal);
  while (page.devices.length === 0 && page.next !== null) {
    page = await getJson<GapDevicesPage>(`${path}&cursor=${encodeURIComponent(page.next)}`, signal);
  }
  return page;
}
