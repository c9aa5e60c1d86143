// Who is logged in: sessions by their random id, which only the browser and this table know.
// Invariant: a session ends when its time is over, when its user's file was read again, and when there are too many.

import { randomBytes } from "node:crypto";
import type { Identity } from "../auth/identity.ts";

const ID_BYTES = 32;
const SESSIONS_MAX = 10_000;
const SESSIONS_OF_USER_MAX = 100;

/** A login. */
export interface Session {
  /** What the cookie holds. */
  readonly id: string;
  readonly identity: Identity;
  /** When it ends, on the clock that only goes forward. */
  readonly expiresMs: number;
}

/** All logins. Time is an argument. */
export class Sessions {
  readonly #lifetimeMs: number;
  /** The oldest first. */
  readonly #sessions = new Map<string, Session>();

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /** How many there are; some may be over. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Begins a session. */
  open(identity: Identity, nowMs: number): Session {
    this.#makeRoom(identity.name, nowMs);
    const id = randomBytes(ID_BYTES).toString("base64url");
    const session = { id, identity, expiresMs: nowMs + this.#lifetimeMs };
    this.#sessions.set(id, session);
    return session;
  }

  /** The session of that id, if it still holds. */
  find(id: string, nowMs: number): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    if (nowMs < session.expiresMs && session.identity.isCurrent(nowMs)) return session;
    this.#sessions.delete(id);
    return undefined;
  }

  /** Ends a session. */
  close(id: string): void {
    this.#sessions.delete(id);
  }

  /** What is over goes first, then the oldest of the user, then the oldest of all. */
  #makeRoom(name: string, nowMs: number): void {
    for (const id of [...this.#sessions.keys()]) this.find(id, nowMs);
    const own = [...this.#sessions.values()].filter(({ identity }) => identity.name === name);
    for (const { id } of own.slice(0, Math.max(0, own.length - SESSIONS_OF_USER_MAX + 1))) {
      this.close(id);
    }
    for (const id of this.#sessions.keys()) {
      if (this.#sessions.size < SESSIONS_MAX) break;
      this.close(id);
    }
  }
}
