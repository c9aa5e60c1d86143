// The users of an auth file, and finding the one who presents a secret: a token, or `name:token`. A token hashed with
// SHA-256 is enough by itself; one hashed with scrypt needs the name, since trying them all would take too long.

import { createHmac, randomBytes } from "node:crypto";
import { bytesOf, byteStringOfText } from "../base/byte_string.ts";
import type { Authorizations } from "./authorizations.ts";
import { Gangway } from "../base/gangway.ts";
import { Identity, type Origin, type Role } from "./identity.ts";
import { isSameDigest, isScryptOf, sha256, type TokenHash } from "./token_hash.ts";

/** Hashes computed at once, and how many attempts may wait: each takes memory and some 50 ms of a processor. */
const SCRYPTS_MAX = 2;
const SCRYPTS_WAITING_MAX = 64;
/** Secrets that were found right and are remembered, so that not each request over HTTP computes for 50 ms. */
const KNOWN_MAX = 1000;

/** One who has a place in the file. */
export interface User {
  readonly name: string;
  /** Where people find out more; often empty. */
  readonly url: string;
  readonly role: Role | undefined;
  readonly tokens: readonly TokenHash[];
  readonly authorizations: Authorizations;
}

/** The users of one reading of the file. */
export class UserBook implements Origin {
  /** Set when the file was read again: what came from this book is then looked up in the new one. */
  isReplaced = false;
  readonly #users: ReadonlyMap<string, User>;
  readonly #identities = new Map<User, Identity>();
  readonly #gangway = new Gangway(SCRYPTS_MAX, SCRYPTS_WAITING_MAX);
  readonly #known = new Map<string, User>();
  readonly #knownKey = randomBytes(32);

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [byteStringOfText(user.name), user]));
  }

  /** How many users there are. */
  get size(): number {
    return this.#users.size;
  }

  /**
   * Who presents this secret, a byte string; undefined when nobody does.
   * @throws {GangwayFull} when too many slow hashes are waiting to be computed
   */
  async find(secret: string): Promise<Identity | undefined> {
    const bytes = bytesOf(secret);
    const user = this.#byToken(bytes) ?? await this.#byName(secret, bytes);
    return user === undefined ? undefined : this.#identityOf(user);
  }

  #identityOf(user: User): Identity {
    let identity = this.#identities.get(user);
    if (identity === undefined) {
      identity = new Identity({ ...user, expiresMs: Infinity, origin: this });
      this.#identities.set(user, identity);
    }
    return identity;
  }

  #byToken(secret: Uint8Array): User | undefined {
    const digest = sha256(secret);
    let found: User | undefined;
    // To the end, found or not: how long it takes says nothing.
    for (const user of this.#users.values()) if (hasDigest(user, digest)) found = user;
    return found;
  }

  async #byName(secret: string, bytes: Uint8Array): Promise<User | undefined> {
    const colon = secret.indexOf(":");
    const user = colon < 0 ? undefined : this.#users.get(secret.slice(0, colon));
    if (user === undefined) return undefined;
    const token = bytes.subarray(colon + 1);
    if (hasDigest(user, sha256(token))) return user;
    const key = createHmac("sha256", this.#knownKey).update(bytes).digest("hex");
    if (this.#known.get(key) === user) return user;
    if (!await this.#hasSlowHash(user, token)) return undefined;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, user);
    return user;
  }

  async #hasSlowHash({ tokens }: User, token: Uint8Array): Promise<boolean> {
    for (const hash of tokens) {
      if (hash.kind !== "scrypt") continue;
      if (await this.#gangway.pass(() => isScryptOf(hash, token))) return true;
    }
    return false;
  }
}

function hasDigest({ tokens }: User, digest: Uint8Array): boolean {
  let isFound = false;
  for (const token of tokens) {
    if (token.kind === "sha256" && isSameDigest(token.digest, digest)) isFound = true;
  }
  return isFound;
}
