// SPDX-License-Identifier: Apache-2.0
/** A tab's side of the live stream: panels subscribe, the hub (in the shared worker, or here) gives frames. */
import { Hub, type FromTab, type HubState, type Send, type ToTab } from './hub';
import { browserParts } from './parts';
import { applyFrame, type LiveWindow } from './window';

export interface LiveStatus {
  state: HubState;
  status: number;
  message: string;
}

interface Subscription {
  key: string;
  view: string;
  query: string;
  onState: (state: LiveWindow) => void;
  onEnd: (code: string, message: string) => void;
}

/** Told again, as a worker forgets who is silent. */
const TELL_MS = 45_000;

function openHub(receive: (message: ToTab) => void): (message: FromTab) => void {
  if (typeof SharedWorker === 'function') {
    try {
      const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'hapax-live' });
      worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => receive(data);
      return (message) => worker.port.postMessage(message);
    } catch {
      // Not allowed here: this tab has a stream of its own.
    }
  }
  const hub = new Hub(browserParts);
  const send: Send = (message) => queueMicrotask(() => receive(message));
  return (message) => hub.receive(send, message);
}

class LiveClient {
  private readonly subscriptions = new Set<Subscription>();
  private readonly states = new Map<string, LiveWindow>();
  private readonly watchers = new Set<(status: LiveStatus) => void>();
  private post: ((message: FromTab) => void) | null = null;
  private isTelling = false;
  status: LiveStatus = { state: 'idle', status: 0, message: '' };

  /** What `view` shows with the parameters of `query`, each time that it changes, until the returned function is called. */
  subscribe(view: string, query: string, onState: Subscription['onState'], onEnd: Subscription['onEnd'] = () => {}): () => void {
    const subscription = { key: `${view}?${query}`, view, query, onState, onEnd };
    this.subscriptions.add(subscription);
    this.tellSoon();
    const known = this.states.get(subscription.key);
    if (known) queueMicrotask(() => this.subscriptions.has(subscription) && onState(known));
    return () => {
      this.subscriptions.delete(subscription);
      this.tellSoon();
    };
  }

  watch(watcher: (status: LiveStatus) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  retry(): void {
    this.post?.({ kind: 'retry' });
  }

  /** Panels of a page come at once: they are told in one message. */
  private tellSoon(): void {
    if (this.isTelling) return;
    this.isTelling = true;
    queueMicrotask(() => {
      this.isTelling = false;
      this.tell();
    });
  }

  private tell(): void {
    if (!this.post) this.connect();
    const streams = new Map([...this.subscriptions].map(({ key, view, query }) => [key, { key, view, query }]));
    for (const key of this.states.keys()) if (!streams.has(key)) this.states.delete(key);
    this.post!({ kind: 'want', streams: [...streams.values()] });
  }

  private connect(): void {
    const post = openHub((message) => this.receive(message));
    this.post = post;
    setInterval(() => this.tell(), TELL_MS);
    addEventListener('pagehide', () => post({ kind: 'bye' }));
    addEventListener('pageshow', (event) => event.persisted && this.tellSoon());
  }

  private receive(message: ToTab): void {
    if (message.kind === 'state') {
      const { state, status, message: text } = message;
      this.status = { state, status, message: text };
      this.watchers.forEach((watcher) => watcher(this.status));
    } else if (message.kind === 'end') {
      this.states.delete(message.key);
      for (const each of this.subscriptions) if (each.key === message.key) each.onEnd(message.code, message.message);
    } else {
      const state = applyFrame(this.states.get(message.key) ?? null, message.frame);
      this.states.set(message.key, state);
      for (const each of this.subscriptions) if (each.key === message.key) each.onState(state);
    }
  }
}

export const live = new LiveClient();
