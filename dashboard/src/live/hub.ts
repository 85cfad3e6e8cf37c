// SPDX-License-Identifier: Apache-2.0
/**
 * The one stream of a browser: all tabs say which views they show, the hub asks the server for all of them at a time
 * (POST /api/live), and gives each tab the frames of its own. A stream that several tabs show is asked for once.
 */
import type { Frame } from '../api/types';
import { EventParser } from './sse';
import { applyFrame, wholeFrame, type LiveWindow } from './window';

/** What tabs say: all streams that they show, in place of what they said before. Said again it changes nothing. */
export interface Want {
  kind: 'want';
  streams: { key: string; view: string; query: string }[];
}
export type FromTab = Want | { kind: 'bye' } | { kind: 'retry' };

export type HubState = 'idle' | 'connecting' | 'open' | 'away' | 'refused';
export type ToTab =
  | { kind: 'frame'; key: string; frame: Frame }
  | { kind: 'end'; key: string; code: string; message: string }
  | { kind: 'state'; state: HubState; status: number; message: string };

export type Send = (message: ToTab) => void;

/** What the hub needs of the world. */
export interface HubParts {
  open(body: string, signal: AbortSignal): Promise<Response>;
  later(milliseconds: number, run: () => void): () => void;
  random(): number;
}

interface Stream {
  id: string;
  key: string;
  view: string;
  query: string;
  lastId: string | null;
  state: LiveWindow | null;
  ended: boolean;
}

/** Tabs come and go in bursts: one request for all that is said within this time. */
const GATHER_MS = 20;
const RETRY_MS_MIN = 300;
const RETRY_MS_MAX = 5000;
/** The server sends a comment every 15 s: a connection without a byte for this long is dead. */
const SILENCE_MS = 45_000;

export class Hub {
  private readonly tabs = new Map<Send, Set<string>>();
  private readonly streams = new Map<string, Stream>();
  private connection: AbortController | null = null;
  private cancelTimer: () => void = () => {};
  private failures = 0;
  private named = 0;
  private state: HubState = 'idle';
  private status = 0;
  private message = '';

  constructor(private readonly parts: HubParts) {}

  receive(tab: Send, message: FromTab): void {
    if (message.kind === 'want') this.want(tab, message.streams);
    else if (message.kind === 'bye') this.forget(tab);
    else if (message.kind === 'retry') this.reopenIn(0);
  }

  forget(tab: Send): void {
    if (!this.tabs.delete(tab)) return;
    this.dropUnwanted();
  }

  private want(tab: Send, wanted: Want['streams']): void {
    const before = this.tabs.get(tab);
    if (!before) tab({ kind: 'state', state: this.state, status: this.status, message: this.message });
    let isNew = false;
    for (const { key, view, query } of wanted) {
      const known = this.streams.get(key);
      if (!known || known.ended) {
        this.streams.set(key, { id: `s${++this.named}`, key, view, query, lastId: null, state: null, ended: false });
        isNew = true;
      } else if (!before?.has(key) && known.state) {
        tab({ kind: 'frame', key, frame: wholeFrame(known.state) });
      }
    }
    this.tabs.set(tab, new Set(wanted.map(({ key }) => key)));
    this.dropUnwanted();
    if (isNew) this.reopenIn(GATHER_MS);
  }

  /** Streams that no tab shows. The connection goes on: what it sends of them is passed over until it is opened anew. */
  private dropUnwanted(): void {
    const wanted = new Set([...this.tabs.values()].flatMap((keys) => [...keys]));
    for (const key of [...this.streams.keys()]) if (!wanted.has(key)) this.streams.delete(key);
    if (this.streams.size === 0) {
      this.cancelTimer();
      this.connection?.abort();
      this.connection = null;
      this.say('idle', 0, '');
    }
  }

  private reopenIn(milliseconds: number): void {
    this.cancelTimer();
    this.cancelTimer = this.parts.later(milliseconds, () => void this.reopen());
  }

  private async reopen(): Promise<void> {
    this.connection?.abort();
    const streams = [...this.streams.values()].filter(({ ended }) => !ended);
    if (streams.length === 0) return;
    const connection = new AbortController();
    this.connection = connection;
    if (this.state !== 'open') this.say('connecting', 0, '');
    const body = {
      streams: streams.map(({ id, view, query, lastId }) => ({ id, view, query, ...(lastId ? { last_event_id: lastId } : {}) })),
    };
    try {
      const response = await this.parts.open(JSON.stringify(body), connection.signal);
      if (!response.ok || !response.body) {
        await this.refused(connection, response);
        return;
      }
      this.say('open', 200, '');
      await this.read(connection, response.body);
      this.lost(connection);
    } catch {
      this.lost(connection);
    }
  }

  private async refused(connection: AbortController, response: Response): Promise<void> {
    const body = (await response.json().catch(() => ({}))) as { message?: string };
    if (this.connection !== connection) return;
    this.say(response.status >= 500 ? 'away' : 'refused', response.status, body.message ?? `status ${response.status}`);
    this.retry(Number(response.headers.get('Retry-After')) * 1000 || 0);
  }

  private async read(connection: AbortController, body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const cancel = this.parts.later(SILENCE_MS, () => connection.abort());
      const { done, value } = await reader.read().finally(cancel);
      if (done || this.connection !== connection) return;
      this.failures = 0;
      for (const { event, id, data } of parser.push(decoder.decode(value, { stream: true }))) this.take(event, id, data);
    }
  }

  private take(event: string, id: string | null, data: string): void {
    const [name, end] = event.split('/');
    const stream = [...this.streams.values()].find((each) => each.id === name);
    if (!stream) return;
    if (end === 'end') {
      const error = JSON.parse(data) as { code?: string; message?: string };
      stream.lastId = null;
      stream.state = null;
      // A view that is counted anew is there again under the same name.
      if (error.code === 'view_changed') this.reopenIn(GATHER_MS);
      else stream.ended = true;
      this.tell(stream.key, { kind: 'end', key: stream.key, code: error.code ?? 'ended', message: error.message ?? '' });
      return;
    }
    const frame = JSON.parse(data) as Frame;
    stream.lastId = id ?? stream.lastId;
    stream.state = applyFrame(stream.state, frame);
    this.tell(stream.key, { kind: 'frame', key: stream.key, frame });
  }

  private lost(connection: AbortController): void {
    if (this.connection !== connection) return;
    this.say('away', 0, 'The server does not answer.');
    this.retry(0);
  }

  /** Again after a while: longer each time, at random, so that not all browsers come at once. */
  private retry(atLeastMs: number): void {
    this.connection = null;
    const limit = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.failures++);
    this.reopenIn(Math.max(atLeastMs, limit * (0.5 + this.parts.random() / 2)));
  }

  private tell(key: string, message: ToTab): void {
    for (const [send, keys] of this.tabs) if (keys.has(key)) send(message);
  }

  private say(state: HubState, status: number, message: string): void {
    if (state === this.state && message === this.message) return;
    Object.assign(this, { state, status, message });
    for (const send of this.tabs.keys()) send({ kind: 'state', state, status, message });
  }
}
