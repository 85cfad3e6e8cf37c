// SPDX-License-Identifier: Apache-2.0
// Sends with @segment/analytics-node as an application would; only the host is ours.
// usage: node send.js <base url> <write key> <events>
const { Analytics } = require('@segment/analytics-node');

const [, , host, writeKey, count] = process.argv;
const failures = [];
const analytics = new Analytics({ writeKey, host, flushAt: 15, flushInterval: 100 });
analytics.on('error', (error) => failures.push(error));

for (let n = 0; n < Number(count); n++) {
  analytics.track({ userId: `u${n % 7}`, event: 'Clicked', properties: { n }, messageId: `m-${n}` });
}
analytics.identify({ userId: 'u1', traits: { plan: 'pro' } });
analytics.page({ anonymousId: 'a1', name: 'Home', properties: { url: 'https://shop.example/' } });
analytics.screen({ userId: 'u1', name: 'Main' });
analytics.group({ userId: 'u1', groupId: 'g1' });
analytics.alias({ userId: 'u1', previousId: 'a1' });

analytics.closeAndFlush({ timeout: 20000 }).then(() => {
  if (failures.length > 0) {
    console.error(JSON.stringify(failures));
    process.exit(1);
  }
});
