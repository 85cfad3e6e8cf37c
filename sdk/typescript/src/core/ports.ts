// SPDX-License-Identifier: Apache-2.0
// What the core needs from outside. It knows no browser, no Node, no clock of its own.

/** Milliseconds since 1970, and what shall happen later. */
export interface Clock {
  now(): number;
  /** Runs `task` once, in `ms` milliseconds; the result takes it back. */
  after(ms: number, task: () => void): () => void;
}

/** What became of a request. */
export interface Answer {
  /** The HTTP status; 0 when there was no whole answer. */
  status: number;
  /** The answer's JSON; undefined when it is none. */
  body?: unknown;
  /** For how many milliseconds the server asked to be left alone. */
  retryAfter?: number;
}

/** Sends bodies to the one server that there is. */
export interface Sender {
  /**
   * Never rejects. `first`: it is no retry. `outlives` is called when the request is on its way whatever becomes of the
   * page, with at most 5,000 bytes; of a page that leaves before, or where it never is, nothing may come.
   */
  send(body: string, first: boolean, outlives: () => void): Promise<Answer>;
  /** Hands a body over while the page leaves. Nobody hears whether it arrives. */
  beacon(body: string): void;
}

/** Texts by key, kept over page loads and seen by all tabs. Writing one is atomic, writing two is not. Never throws. */
export interface Store {
  get(key: string): string | null;
  /** False when there is no room or no permission; then the former text is still there. */
  set(key: string, text: string): boolean;
  remove(key: string): void;
  keys(): string[];
}

/** Says which page may number events in which epoch: one at a time. */
export interface Owners {
  /** Whether adopt() makes this page the owner, who may write; else it may only send what it read. */
  readonly exclusive: boolean;
  /** One of these epochs that nobody owns and this page owns from now on; undefined: there is none. */
  resume(epochs: string[]): Promise<string | undefined>;
  /** Makes this page the owner of an epoch that it has just made. */
  begin(epoch: string): Promise<void>;
  /** Whether this page may send what another one left behind, which last wrote at `saved`. */
  adopt(epoch: string, saved: number): Promise<boolean>;
  /** This page owns it no more. `next`: the page that comes next in this tab may go on with it. */
  release(epoch: string, next: boolean): void;
}

/** Random bytes that nobody can guess. */
export type Random = (bytes: Uint8Array) => Uint8Array;
