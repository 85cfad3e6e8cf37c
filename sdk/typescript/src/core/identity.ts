// SPDX-License-Identifier: Apache-2.0
import type { Consent } from './options';
import type { Store } from './ports';

interface Person {
  anonymousId: string;
  userId?: string;
  consent?: Consent;
}

/**
 * Who it is, and whether they agreed, as all tabs know it: read anew for each event. Before somebody has agreed
 * it is in memory only; a denial is stored without an id.
 */
export class Identity {
  #person: Person;
  #text: string | null = null;

  constructor(private readonly store: Store, private readonly key: string, private readonly newId: () => string,
    private readonly initial: Consent) {
    this.#person = { anonymousId: newId() };
  }

  get anonymousId(): string { return this.#read().anonymousId; }
  get userId(): string | undefined { return this.#read().userId; }
  get consent(): Consent { return this.#read().consent ?? this.initial; }

  identify(userId: string): void { this.#write({ ...this.#read(), userId }); }
  agree(consent: Consent): void { this.#write({ ...this.#read(), consent }); }

  /** Somebody else, of whom the consent of before holds. */
  reset(): void {
    const { consent } = this.#read();
    this.#write({ anonymousId: this.newId(), ...(consent && { consent }) });
  }

  /** Stores an id that was made before somebody agreed. */
  keep(): void {
    if (!this.store.get(this.key)) this.#write(this.#read());
  }

  #read(): Person {
    const text = this.store.get(this.key);
    if (text && text !== this.#text) {
      this.#text = text;
      try {
        const stored = JSON.parse(text) as Partial<Person>;
        this.#person = { ...stored, anonymousId: stored.anonymousId ?? this.#person.anonymousId };
      } catch {
        // Not ours any more; it is written anew with the next change.
      }
    }
    return this.#person;
  }

  #write(person: Person): void {
    this.#person = person;
    const consent = person.consent ?? this.initial;
    const text = JSON.stringify(consent === 'granted' ? person : { consent: person.consent });
    if (consent !== 'pending' && this.store.set(this.key, text)) this.#text = text;
  }
}
