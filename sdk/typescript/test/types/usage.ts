// SPDX-License-Identifier: Apache-2.0
// What a user writes, against the types of dist/: the compiler is the test.
import { createClient, trackClicks, trackPages, type Client, type Options } from '@hapax/sdk/browser';
import { createClient as createNodeClient } from '@hapax/sdk/node';

const options: Options = { writeKey: 'web', host: 'https://events.example.com' };
const client: Client = createClient({ ...options, sampleRate: 0.1, dedupeWithin: 500, consent: 'pending' });
client.page();
trackPages(client);
trackClicks(client);
client.track('Signed Up', { plan: 'pro', seats: 3 }, { messageId: 'signup-1', timestamp: new Date() });
client.identify('ada', { email: 'ada@example.com' });
client.group('acme');
client.alias('ada', 'anonymous-1');
client.consent('granted');
client.reset();
client.optOut();
client.optIn();
const sent: Promise<void> = client.flush();
const queued: number = client.stats().queued;

const node = createNodeClient({ writeKey: 'web', host: 'http://127.0.0.1:8080' });
node.track('Paid', {}, { userId: 'ada' });
const all: Promise<boolean> = node.close(1000);

// @ts-expect-error: there is no client without a key.
createClient({});
// @ts-expect-error: an event has a name.
client.track();
// @ts-expect-error: no such answer.
client.consent('perhaps');
// @ts-expect-error: properties are an object.
client.track('A', 'text');
// @ts-expect-error: a server has no page to take its host from.
createNodeClient({ writeKey: 'web' });
// @ts-expect-error: inner life is no part of it.
client.leave();

export { all, queued, sent };
