// Who a client turned out to be, what it may do, and until when that holds.

import type { Authorizations } from "./authorizations.ts";

/** What one may do over HTTP: each role includes those before it. */
export const roles = ["view", "operate", "admin"] as const;
/** See `roles`. */
export type Role = typeof roles[number];

/** What an identity came from; once that is gone the client is looked at again. */
export interface Origin {
  readonly isReplaced: boolean;
}

/** What an identity consists of. */
export interface IdentityFacts {
  readonly name: string;
  /** Where people find out more about it; often empty. */
  readonly url: string;
  readonly authorizations: Authorizations;
  /** What it may do over HTTP; nothing when it has no role. */
  readonly role: Role | undefined;
  /** When it has to be asked for again, on the clock that only goes forward; Infinity is never. */
  readonly expiresMs: number;
  readonly origin?: Origin;
}

/** Somebody the broker knows. */
export class Identity {
  readonly #facts: IdentityFacts;

  constructor(facts: IdentityFacts) {
    this.#facts = facts;
  }

  /** Its name, for people. */
  get name(): string {
    return this.#facts.name;
  }

  /** Where people find out more about it; often empty. */
  get url(): string {
    return this.#facts.url;
  }

  /** How many rules say what it may do. */
  get permissionCount(): number {
    return this.#facts.authorizations.count;
  }

  /** Whether what is known still holds. */
  isCurrent(nowMs: number): boolean {
    return nowMs < this.#facts.expiresMs && this.#facts.origin?.isReplaced !== true;
  }

  /** Whether it may publish to a topic. */
  mayPublish(topic: string): boolean {
    return this.#facts.authorizations.mayPublish(topic);
  }

  /** Whether it may consume a channel. */
  maySubscribe(topic: string, channel: string): boolean {
    return this.#facts.authorizations.maySubscribe(topic, channel);
  }

  /** Whether it may do over HTTP what needs `role`. */
  hasRole(role: Role): boolean {
    const { role: own } = this.#facts;
    return own !== undefined && roles.indexOf(own) >= roles.indexOf(role);
  }
}
