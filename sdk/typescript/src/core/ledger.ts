// SPDX-License-Identifier: Apache-2.0
import { Epoch } from './epoch';
import type { Limits } from './options';
import type { Clock, Owners, Store } from './ports';

/** The device that numbers, and how what it made is found again. */
export interface LedgerPorts {
  store: Store;
  owners: Owners;
  clock: Clock;
  /** Begin of the keys of its epochs in the store. */
  prefix: string;
  newId: () => string;
  /** Who numbers; another one begins another epoch. */
  device: () => string;
}

/**
 * Gives events their numbers and keeps them until they are acknowledged.
 * Of each epoch one page is the owner: it alone numbers in it and writes it, so that everything here happens at
 * once, without waiting for other tabs. Until a page has an epoch, events wait in memory without a number.
 */
export class Ledger {
  /** So many of the queued events are in memory only, for want of room in the store. */
  unstored = 0;
  #active: Epoch | undefined;
  /** Epochs in which nothing is numbered any more, until their queue is empty. */
  #closing: Epoch[] = [];
  /** Of those that this page may not write: the text that it found. */
  #found = new Map<Epoch, string>();
  #waiting: string[] = [];
  #opening: Promise<void> | undefined;
  #left = false;
  /** Goes up with whatever makes an answer of the owners come too late. */
  #turn = 0;

  constructor(private readonly ports: LedgerPorts, private readonly limits: Limits) {}

  /** Settles when there is an epoch to number in, if one is being opened. */
  get ready(): Promise<void> { return this.#opening ?? Promise.resolve(); }

  get active(): Epoch | undefined { return this.#active; }

  /** Events that are not acknowledged, of all epochs that this page sends. */
  get size(): number {
    return this.#all().reduce((sum, epoch) => sum + epoch.queue.length, 0);
  }

  /** Events that have no number yet. */
  get waiting(): number { return this.#waiting.length; }

  /** Takes up an epoch, a former one if one is free; then the events that wait get their numbers. */
  open(): Promise<void> {
    this.#left = false;
    if (this.#active) return Promise.resolve();
    return (this.#opening ??= this.#open(++this.#turn));
  }

  async #open(turn: number): Promise<void> {
    const { owners, newId, device } = this.ports;
    const mine = device();
    const free = this.#stored().filter((epoch) => this.#numbersIn(epoch, mine)).map(({ id }) => id);
    const resumed = await owners.resume(free);
    let epoch = resumed ? this.#load(resumed) : undefined;
    // Where ownership is by word of mouth, its owner must have said that it is none any more.
    if (!epoch?.left && !owners.exclusive) epoch = undefined;
    if (!epoch) {
      if (resumed) owners.release(resumed, false);
      await owners.begin((epoch = new Epoch(newId(), mine)).id);
    }
    // It left, or became somebody else, meanwhile.
    if (turn !== this.#turn) return owners.release(epoch.id, true);
    this.#opening = undefined;
    this.#active = epoch;
    if (epoch.left) {
      epoch.left = false;
      this.save(epoch);
    }
    for (const event of this.#waiting.splice(0)) this.record(event);
  }

  /** Numbers and stores the event, an object in JSON, or has it wait for an epoch. */
  record(event: string): void {
    const device = this.ports.device();
    if (this.#left) return void this.#spill([event], device);
    const active = this.#active;
    if (active && this.#numbersIn(active, device)) {
      active.add(event, this.ports.clock.now());
      this.#bound(active);
      return this.save(active);
    }
    if (active) this.rotate(active.device);
    this.#waiting.push(event);
    if (this.#waiting.length > this.limits.queueEvents) this.#waiting.shift();
    void this.open();
  }

  /** Ends the epoch. What waits for a number gets it in an epoch of `device`, to whom it belongs, and is sent. */
  rotate(device: string): void {
    this.#turn++;
    this.#opening = undefined;
    if (this.#waiting.length) {
      const { owners } = this.ports;
      const epoch = this.#spill(this.#waiting.splice(0), device);
      // It may have been sent, or the page have left, when it is this page's.
      this.#closing.push(epoch);
      void owners.begin(epoch.id).then(() => this.#has(epoch.id) || owners.release(epoch.id, false));
    }
    const ended = this.#active;
    this.#active = undefined;
    if (!ended) return;
    this.#closing.push(ended);
    this.save(ended);
  }

  /** Takes over what pages left behind that are gone. */
  async adopt(): Promise<void> {
    const { owners, device } = this.ports;
    for (const stored of this.#stored()) {
      const { id, saved } = stored;
      const turn = this.#turn;
      const idle = owners.exclusive && !stored.queue.length && this.#numbersIn(stored, device());
      if (idle || this.#has(id) || !(await owners.adopt(id, saved))) continue;
      if (turn !== this.#turn || this.#left) return owners.release(id, false);
      this.#takeOver(id);
    }
  }

  /** The epoch to send from: what was left behind goes first. */
  next(): Epoch | undefined {
    return this.#all().find((epoch) => epoch.queue.length);
  }

  /** Stores the epoch as it is now; does nothing when it is not this page's any more. */
  save(epoch: Epoch): void {
    if (!this.#all().includes(epoch)) return;
    if (epoch !== this.#active && !epoch.queue.length) return this.#close(epoch);
    if (!this.#found.has(epoch)) this.#write(epoch);
  }

  /** Gives up all that is queued and not on its way. */
  clear(): void {
    this.#waiting = [];
    for (const epoch of this.#all()) {
      epoch.drop('opted_out', () => true);
      this.save(epoch);
    }
  }

  /** The page leaves: all is stored, and what it had is free. `each` sees each epoch before it is stored. */
  leave(each: (epoch: Epoch) => void): void {
    if (this.#left) return;
    this.#turn++;
    this.#left = true;
    this.#opening = undefined;
    if (this.#waiting.length) this.#spill(this.#waiting.splice(0), this.ports.device(), each);
    for (const epoch of this.#all()) {
      each(epoch);
      epoch.left = true;
      this.save(epoch);
      this.ports.owners.release(epoch.id, epoch === this.#active);
    }
    this.#active = undefined;
    this.#closing = [];
    this.#found.clear();
  }

  #all(): Epoch[] {
    return this.#closing.concat(this.#active ?? []);
  }

  #has(id: string): boolean {
    return this.#all().some((epoch) => epoch.id === id);
  }

  #key(id: string): string {
    return this.ports.prefix + id;
  }

  #load(id: string): Epoch | undefined {
    return Epoch.parse(id, this.ports.store.get(this.#key(id)));
  }

  #stored(): Epoch[] {
    const { prefix, store } = this.ports;
    return store.keys().filter((key) => key.startsWith(prefix))
      .map((key) => this.#load(key.slice(prefix.length))).filter((epoch) => !!epoch);
  }

  #numbersIn(epoch: Epoch, device: string): boolean {
    return epoch.device === device && epoch.made < this.limits.epochNumbers;
  }

  #takeOver(id: string): void {
    const { owners, store } = this.ports;
    const text = store.get(this.#key(id));
    const epoch = Epoch.parse(id, text);
    if (!epoch) return owners.release(id, false);
    if (!owners.exclusive) {
      this.#found.set(epoch, text!);
      // Which of them were sent is not known.
      for (const entry of epoch.queue) entry.tried ||= entry.made;
    }
    this.#closing.push(epoch);
    if (!epoch.queue.length) this.#close(epoch);
  }

  /** An epoch for events whose page is leaving, or whose device is no more. */
  #spill(events: string[], device: string, each?: (epoch: Epoch) => void): Epoch {
    const epoch = new Epoch(this.ports.newId(), device);
    for (const event of events) epoch.add(event, this.ports.clock.now());
    each?.(epoch);
    this.#write(epoch, 0);
    return epoch;
  }

  /** The oldest goes first: it was tried the longest, and may have arrived. */
  #bound(epoch: Epoch): void {
    let events = epoch.queue.length - this.limits.queueEvents;
    let bytes = epoch.bytes - this.limits.queueBytes;
    epoch.drop('queue_full', (entry) => {
      const gone = events > 0 || bytes > 0;
      events--;
      bytes -= entry.bytes;
      return gone;
    });
  }

  /** Without room, as many of the oldest as there is room for, and the count of numbers in any case. */
  #write(epoch: Epoch, saved = this.ports.clock.now()): void {
    epoch.saved = saved;
    let events = epoch.queue.length;
    while (!this.ports.store.set(this.#key(epoch.id), epoch.text(events))) {
      if (!events) {
        // A former count would give numbers a second time: better none at all.
        this.ports.store.remove(this.#key(epoch.id));
        break;
      }
      events >>= 1;
    }
    this.unstored = epoch.queue.length - events;
  }

  /** All of an epoch is acknowledged or given up. */
  #close(epoch: Epoch): void {
    const { owners, store, device } = this.ports;
    const key = this.#key(epoch.id);
    const found = this.#found.get(epoch);
    this.#closing = this.#closing.filter((other) => other !== epoch);
    this.#found.delete(epoch);
    if (owners.exclusive && this.#numbersIn(epoch, device())) this.#write(epoch);
    else if (found === undefined || found === store.get(key)) store.remove(key);
    owners.release(epoch.id, false);
  }
}
