// SPDX-License-Identifier: Apache-2.0
import type { Properties } from '../core/event';

const kCampaign = /^utm_(\w+)$/;

/** What is known of the page, the campaign that led to it, and the browser. */
export function pageContext(): Properties {
  const { pathname: path, search, href: url } = location;
  const campaign: Properties = {};
  for (const [key, value] of new URLSearchParams(search)) {
    const name = kCampaign.exec(key)?.[1];
    if (name) campaign[name === 'campaign' ? 'name' : name] = value;
  }
  return {
    page: { path, search, url, title: document.title, referrer: document.referrer },
    ...(Object.keys(campaign).length && { campaign }),
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userAgent: navigator.userAgent,
  };
}

/** Do Not Track, Global Privacy Control. */
export function tracksNot(): boolean {
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return globalPrivacyControl === true || doNotTrack === '1';
}
