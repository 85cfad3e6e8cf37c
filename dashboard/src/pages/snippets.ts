// SPDX-License-Identifier: Apache-2.0
/** What a developer copies to send events here, for each SDK. */

export interface Snippet {
  name: string;
  where: string;
  code: (host: string, key: string) => string;
}

/** As a literal of JavaScript that may stand in a page. */
export const literal = (text: string): string => JSON.stringify(text).replace(/</g, '\\u003c');

const attribute = (text: string): string => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

const shell = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

export const SNIPPETS: Snippet[] = [
  {
    name: 'Hapax, in a page',
    where: 'Before </head>. It numbers events, so that Health can say how many never arrived.',
    code: (host, key) => `<script async src="${host}/sdk.js" data-write-key="${attribute(key)}" data-pages data-clicks></script>
<button data-hapax-event="Clicked" data-hapax-button="buy">Buy</button>
<script>
  (window.hapax ||= []).push(['track', 'Signed Up', { plan: 'pro' }]);
</script>`,
  },
  {
    name: 'Hapax, as a module',
    where: 'It is not on npm. In a checkout of Hapax: script/sdk build && (cd build/release/sdk && npm pack). In your project: npm install …/build/release/sdk/hapax-sdk-0.1.0.tgz. The script of “Hapax, in a page” comes from this server and needs neither.',
    code: (host, key) => `import { createClient, trackPages } from '@hapax/sdk';
const hapax = createClient({ writeKey: ${literal(key)}, host: ${literal(host)} });
trackPages(hapax);
hapax.track('Clicked', { button: 'buy' });`,
  },
  {
    name: 'curl',
    where: 'From a shell.',
    code: (host, key) => `curl ${shell(`${host}/v1/track`)} -u ${shell(`${key}:`)} \\
  -d '{"userId":"ada","event":"Clicked","properties":{"button":"buy"}}'`,
  },
  {
    name: 'Segment, in a page',
    where: 'npm install @segment/analytics-next',
    code: (host, key) => `import { AnalyticsBrowser } from '@segment/analytics-next';
const analytics = AnalyticsBrowser.load({ writeKey: ${literal(key)}, cdnURL: ${literal(host)} });
analytics.page();
analytics.track('Clicked', { button: 'buy' });`,
  },
  {
    name: 'Segment, in Node.js',
    where: 'npm install @segment/analytics-node',
    code: (host, key) => `const { Analytics } = require('@segment/analytics-node');
const analytics = new Analytics({ writeKey: ${literal(key)}, host: ${literal(host)} });
analytics.track({ userId: 'ada', event: 'Clicked', properties: { button: 'buy' } });
analytics.closeAndFlush(); // Before the process ends.`,
  },
  {
    name: 'RudderStack',
    where: 'npm install @rudderstack/analytics-js',
    code: (host, key) => `import { RudderAnalytics } from '@rudderstack/analytics-js';
const rudder = new RudderAnalytics();
rudder.load(${literal(key)}, ${literal(host)}, { configUrl: ${literal(host)} });
rudder.track('Clicked', { button: 'buy' });`,
  },
  {
    name: 'Jitsu',
    where: 'npm install @jitsu/js',
    code: (host, key) => `import { jitsuAnalytics } from '@jitsu/js';
const analytics = jitsuAnalytics({ host: ${literal(host)}, writeKey: ${literal(key)} });
analytics.track('Clicked', { button: 'buy' });`,
  },
];
