// SPDX-License-Identifier: Apache-2.0
/** The ranked lists of the overview: of views that are there, and of no others. */
import type { View } from '../api/types';
import { coarser, windowOf, zoneOf } from '../format/window';
import type { Period } from './periods';

export interface ListOf {
  title: string;
  view: View;
  field: string;
  measure: string;
}

const KNOWN: [title: string, view: string, field: string, measure: string][] = [
  ['Top pages', 'pages_per_hour', 'context.page.path', 'count'],
  ['Event names', 'events_per_{detail}', 'event', 'count'],
  ['Sources', 'events_per_{detail}', 'source', 'count'],
  ['Referrers', 'referrers_per_day', 'context.page.referrer', 'count'],
  ['Campaigns', 'campaigns_per_day', 'context.campaign.name', 'count'],
  ['Entry pages', 'entry_pages_per_day', 'context.page.path', 'sessions'],
  ['Exit pages', 'exit_pages_per_day', 'last(context.page.path)', 'sessions'],
];

/** Fields that have a list of their own as soon as a view groups by them. */
const FOUND: [field: RegExp, title: string][] = [
  [/^context\.(geo|location)\.country(_code|Code)?$|^properties\.country$/, 'Countries'],
  [/^context\.device\.(type|kind)$/, 'Devices'],
  [/^context\.(os|browser)\.name$|^context\.userAgentData\.(platform|mobile)$/, 'Systems and browsers'],
];

const DETAIL_NAMES: Record<string, string> = { '1m': 'minute', '1h': 'hour', '1d': 'day' };

function isRollable(view: View, period: Period): boolean {
  const window = windowOf(view.spec);
  return window !== null && zoneOf(view.spec) === 'UTC' && coarser(window).includes(period.window);
}

export function listsOf(all: View[], period: Period): ListOf[] {
  const lists: ListOf[] = [];
  for (const [title, name, field, measure] of KNOWN) {
    const view = all.find((each) => each.name === name.replace('{detail}', DETAIL_NAMES[period.detail]!));
    if (view && isRollable(view, period) && view.spec.group_by?.includes(field)) lists.push({ title, view, field, measure });
  }
  for (const [pattern, title] of FOUND) {
    for (const view of all) {
      const field = view.spec.group_by?.find((each) => pattern.test(each));
      const measure = Object.entries(view.spec.measures).find(([, what]) => what === 'count')?.[0];
      if (!field || !measure || !isRollable(view, period) || lists.some((list) => list.title === title)) continue;
      lists.push({ title, view, field, measure });
    }
  }
  return lists;
}
