// SPDX-License-Identifier: Apache-2.0
// The script for pages:
//   <script async src="https://events.example.com/sdk.js" data-write-key="web" data-pages data-clicks></script>
// Calls may be made before it is there: (window.hapax ||= []).push(['track', 'Signed Up', { plan: 'pro' }]).
import { parsed } from '../core/answer';
import { createClient, trackClicks, trackPages, type Client, type Options } from './index';

type Call = [method: 'track' | 'page' | 'identify' | 'group' | 'alias' | 'reset' | 'consent', ...given: unknown[]];

/** What the page sees as `hapax`. */
export type Hapax = Partial<Client> & { createClient: typeof createClient; push(call: Call): void };

const page = window as unknown as { hapax?: Call[] | Hapax };
const script = document.currentScript as HTMLScriptElement | null;

/** Options that the script has beside those of createClient(). */
interface ScriptOptions extends Options {
  /** `data-pages`: tracks page views, those of single-page apps too. @default false */
  pages?: boolean;
  /** `data-clicks`: tracks elements with `data-hapax-event`. @default false */
  clicks?: boolean;
}

function start(options: ScriptOptions, waiting: Call[]): Hapax {
  const client = createClient(options);
  const push = (call: Call) => {
    try {
      const [method, ...given] = call;
      (client[method] as (...given: unknown[]) => void)(...given);
    } catch (error) {
      console.warn('hapax: no such call:', call, error);
    }
  };
  const hapax = Object.assign(client, { createClient, push });
  waiting.forEach(push);
  if (options.pages) trackPages(client);
  if (options.clicks) trackClicks(client);
  return hapax;
}

function optionsOf({ src, dataset }: HTMLScriptElement): ScriptOptions {
  const options: Record<string, unknown> = { host: new URL(src, location.href).origin };
  for (const [name, value] of Object.entries(dataset)) options[name] = parsed(value || 'true') ?? value;
  return { ...options, writeKey: dataset.writeKey! } as ScriptOptions;
}

const waiting = Array.isArray(page.hapax) ? page.hapax : [];
page.hapax = script?.dataset.writeKey
  ? start(optionsOf(script), waiting)
  : { createClient, push: (call: Call) => { waiting.push(call); } };
