// SPDX-License-Identifier: Apache-2.0
/** The views that the server has, loaded once and again when somebody asks. */
import { listViews } from '../api/requests';
import type { View } from '../api/types';
import { Store } from './store';

export const views = new Store<View[] | null>(null);

export async function loadViews(): Promise<void> {
  views.set(await listViews());
}

export function specOf(all: View[] | null, name: string): View | null {
  return all?.find((view) => view.name === name) ?? null;
}
