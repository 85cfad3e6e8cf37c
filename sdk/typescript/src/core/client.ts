// SPDX-License-Identifier: Apache-2.0
import { Delivery } from './delivery';
import { refusal, type CallOptions, type EventType, type Properties, type WireEvent } from './event';
import { byteLength, newId } from './id';
import { Identity } from './identity';
import { Ledger } from './ledger';
import { limitsOf, type Consent, type CoreOptions, type Limits } from './options';
import type { Clock, Owners, Random, Sender, Store } from './ports';
import { Repeats } from './repeats';
import { placeOf } from './sampling';

/** What differs between a browser and Node. */
export interface Platform {
  store: Store;
  owners: Owners;
  clock: Clock;
  sender: Sender;
  random: Random;
  /** What is known of where an event happens. */
  context: () => Properties;
  /** Whether the browser says that its user wants no tracking. */
  refused: () => boolean;
  /** Whether one person uses this client, who has a device; else calls say of whom they are. */
  personal: boolean;
  warn: (text: string) => void;
}

/** What this client did so far, for tests and for the curious. */
export interface Stats {
  device: string;
  /** The highest number made in the present epoch; undefined: there is no epoch yet. */
  epoch: string | undefined;
  made: number;
  queued: number;
  /** Of the present epoch, by reason. */
  dropped: Record<string, number>;
  /** Queued in memory only, for want of room. */
  unstored: number;
  /** Arrived, and not taken by the server. */
  rejected: number;
}

const kAdoptEvery = 60_000;
const kWarningsMax = 20;

/** Tracks events. No method throws: what cannot be tracked is said in the console. */
export class Client {
  readonly #platform: Platform;
  readonly #limits: Limits;
  readonly #identity: Identity;
  readonly #ledger: Ledger;
  readonly #delivery: Delivery;
  readonly #repeats: Repeats;
  readonly #rate: number;
  readonly #respects: boolean;
  readonly #device: () => string;
  /** What waits for somebody to agree. */
  #held: string[] = [];
  #warnings = 0;

  constructor(options: CoreOptions, platform: Platform) {
    const { writeKey, sampleRate = 1, dedupeWithin = 0, consent = 'granted', doNotTrack = true } = options;
    const { random, personal } = (this.#platform = platform);
    const make = () => newId(random);
    const instance = make();
    this.#limits = limitsOf(options);
    this.#rate = sampleRate > 0 && sampleRate < 1 ? sampleRate : 1;
    this.#repeats = new Repeats(dedupeWithin);
    this.#respects = doNotTrack;
    this.#identity = new Identity(platform.store, `hapax.${writeKey}.id`, make, consent);
    this.#device = () => (personal ? this.#identity.anonymousId : instance);
    const ports = {
      ...platform, writeKey, newId: make, device: this.#device, prefix: `hapax.${writeKey}.e.`,
      allowed: () => this.#consent() === 'granted',
      warn: (text: string) => this.#warn(text),
    };
    this.#ledger = new Ledger(ports, this.#limits);
    this.#delivery = new Delivery(this.#ledger, ports, this.#limits);
    this.comeBack();
    if (personal) this.#adoptForEver();
  }

  /** Something happened: `track('Signed Up', { plan: 'pro' })`. */
  track(event: string, properties?: Properties, options?: CallOptions): void {
    this.#emit('track', { event, properties }, options);
  }

  /** A page was seen. */
  page(name?: string, properties?: Properties, options?: CallOptions): void {
    this.#emit('page', { name, properties }, options);
  }

  /** Who it is from now on, and what is known of them. */
  identify(userId: string, traits?: Properties, options?: CallOptions): void {
    this.#emit('identify', { userId, traits }, options);
  }

  /** To which group, company or team they belong. */
  group(groupId: string, traits?: Properties, options?: CallOptions): void {
    this.#emit('group', { groupId, traits }, options);
  }

  /** `userId` is who was `previousId` before. @default previousId the anonymous id */
  alias(userId: string, previousId?: string, options?: CallOptions): void {
    this.#emit('alias', { userId, previousId }, options);
  }

  /** Sends what is queued; settles when all is acknowledged, or a try failed. */
  flush(): Promise<void> {
    return this.#delivery.flush();
  }

  /** Somebody else uses the device: another anonymous id, nobody identified, another epoch. */
  reset(): void {
    this.#guard(() => {
      this.#ledger.rotate(this.#device());
      this.#identity.reset();
      this.#delivery.wake();
    });
  }

  /** Tracks nothing any more. What is queued and not on its way is given up, and counted as that. */
  optOut(): void { this.consent('denied'); }

  /** Tracks again. */
  optIn(): void { this.consent('granted'); }

  /** What a person answered. While it is `pending`, events wait in memory, without ids being stored. */
  consent(state: Consent): void {
    this.#guard(() => {
      this.#identity.agree(state);
      const held = this.#held.splice(0);
      if (state === 'pending') this.#held = held;
      if (state === 'denied') this.#ledger.clear();
      if (this.#consent() !== 'granted') return;
      this.#begin();
      for (const event of held) this.#record(event);
    });
  }

  stats(): Stats {
    const { active, size, waiting, unstored } = this.#ledger;
    return {
      device: this.#device(), epoch: active?.id, made: active?.made ?? 0, queued: size + waiting,
      dropped: { ...active?.dropped }, unstored, rejected: this.#delivery.rejected,
    };
  }

  /** The page leaves, or may: all is stored, and sent as far as that goes. @internal */
  leave(): void { this.#guard(() => this.#delivery.leave()); }

  /** The page is there again. @internal */
  comeBack(): void {
    this.#guard(() => { if (this.#consent() === 'granted') this.#begin(); });
  }

  /** The network is there again. @internal */
  hurry(): void { this.#delivery.hurry(); }

  #begin(): void {
    this.#identity.keep();
    void this.#ledger.open().then(() => this.#adopt());
  }

  async #adopt(): Promise<void> {
    await this.#ledger.adopt();
    this.#delivery.wake();
  }

  #adoptForEver(): void {
    this.#platform.clock.after(kAdoptEvery, () => {
      if (this.#consent() === 'granted') void this.#adopt();
      this.#adoptForEver();
    });
  }

  #consent(): Consent {
    return this.#respects && this.#platform.refused() ? 'denied' : this.#identity.consent;
  }

  #emit(type: EventType, fields: Partial<WireEvent>, options: CallOptions = {}): void {
    this.#guard(() => {
      const consent = this.#consent();
      if (consent === 'denied') return;
      const event = this.#event(type, fields, options);
      const why = refusal(event);
      if (why) return this.#warn(`${type} is not tracked: ${why}`);
      if (type === 'identify' && this.#platform.personal && event.userId) this.#identity.identify(event.userId);
      const text = this.#admitted(event, options.messageId);
      if (!text) return;
      if (consent === 'granted') return this.#record(text);
      this.#held.push(text);
      if (this.#held.length > this.#limits.queueEvents) this.#held.shift();
    });
  }

  #event(type: EventType, fields: Partial<WireEvent>, { timestamp, context, ...given }: CallOptions): WireEvent {
    const { personal, clock, random } = this.#platform;
    const { anonymousId, userId } = personal ? this.#identity : {};
    const event: Record<string, unknown> = {
      type,
      messageId: newId(random),
      timestamp: new Date(timestamp ?? clock.now()).toISOString(),
      context: { ...this.#platform.context(), ...context },
      anonymousId, userId,
      ...(type === 'alias' && { previousId: anonymousId }),
    };
    for (const [key, value] of Object.entries({ ...given, ...fields })) {
      // Ids are texts; numbers are what many have.
      if (value !== undefined) event[key] = typeof value === 'number' ? `${value}` : value;
    }
    for (const key in event) if ((event[key] ?? '') === '') delete event[key];
    return event as unknown as WireEvent;
  }

  /**
   * The event in JSON; undefined: it is left out on purpose, before it has a number, so that it is no gap.
   * `own`: the id that the caller gave it; calls with different ones are no repetitions.
   */
  #admitted(event: WireEvent, own?: string): string | undefined {
    if (this.#rate < 1) {
      if (placeOf(event.userId ?? event.anonymousId) >= this.#rate) return undefined;
      event.context.sample = { rate: this.#rate, weight: 1 / this.#rate };
    }
    const { messageId, timestamp, context, ...call } = event;
    if (this.#repeats.is(JSON.stringify([call, own]), this.#platform.clock.now())) return undefined;
    const text = JSON.stringify({ ...call, messageId, timestamp, context });
    if (byteLength(text) <= this.#limits.eventBytes) return text;
    this.#warn(`${event.type} is not tracked: it has more than ${this.#limits.eventBytes} bytes`);
    return undefined;
  }

  #record(event: string): void {
    this.#ledger.record(event);
    this.#delivery.wake();
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#warn(`not tracked: ${error}`);
    }
  }

  #warn(text: string): void {
    if (this.#warnings++ < kWarningsMax) this.#platform.warn(`hapax: ${text}`);
  }
}
