// What somebody may do: a list of rules, each allowing publishing, subscribing or both on the topics and channels its
// expressions find. The form is that of NSQ's auth servers; the file of users has the same.
// Invariant: what no rule allows is forbidden.

import { reasonOf } from "../base/system_error.ts";
import { type NamePattern, namePattern } from "../wire/name_pattern.ts";

/** What a rule can allow. */
export const permissions = ["subscribe", "publish"] as const;
/** See `permissions`. */
export type Permission = typeof permissions[number];

/** A rule as it is written down. */
export interface AuthorizationRow {
  readonly topic: string;
  readonly channels: readonly string[];
  readonly permissions: readonly string[];
}

/** Expressions a list may hold: they are all looked at when a name is forbidden. */
const EXPRESSIONS_MAX = 4096;
/** How long rules are compiled without a break, ms. */
const SLICE_MS_MAX = 3;

class Authorization {
  readonly #topic: NamePattern;
  readonly #channels: readonly NamePattern[];
  readonly #permissions: ReadonlySet<string>;

  constructor({ topic, channels, permissions }: AuthorizationRow) {
    this.#topic = namePattern(topic);
    this.#channels = channels.map((channel) => namePattern(channel));
    this.#permissions = new Set(permissions);
  }

  allows(permission: Permission, topic: string, channel: string): boolean {
    return this.#permissions.has(permission) && this.#topic(topic) &&
      this.#channels.some((matches) => matches(channel));
  }
}

/** Rules that have been read. */
export class Authorizations {
  readonly #list: readonly Authorization[];
  #publishedTopic = "";

  private constructor(list: readonly Authorization[]) {
    this.#list = list;
  }

  /**
   * Reads rules.
   * @throws {SyntaxError} naming the rule that cannot be read, such as `[0].permissions: …`
   */
  static read(rows: readonly AuthorizationRow[]): Authorizations {
    checkCount(rows);
    return new Authorizations(rows.map(readRow));
  }

  /** As `read`, and lets everybody else have a turn after every few milliseconds: the rules are a stranger's. */
  static async readGently(rows: readonly AuthorizationRow[]): Promise<Authorizations> {
    checkCount(rows);
    const list: Authorization[] = [];
    let startMs = performance.now();
    for (const [index, row] of rows.entries()) {
      if (performance.now() - startMs > SLICE_MS_MAX) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        startMs = performance.now();
      }
      list.push(readRow(row, index));
    }
    return new Authorizations(list);
  }

  /** How many rules there are. */
  get count(): number {
    return this.#list.length;
  }

  /** Whether messages may be published to a topic. */
  mayPublish(topic: string): boolean {
    // Clients publish to one topic many times.
    if (topic === this.#publishedTopic) return true;
    // For publishing there is no channel, and yet a rule's channels have to match: the empty name, as with upstream.
    if (!this.#allows("publish", topic, "")) return false;
    this.#publishedTopic = topic;
    return true;
  }

  /** Whether a channel may be consumed. */
  maySubscribe(topic: string, channel: string): boolean {
    return this.#allows("subscribe", topic, channel);
  }

  #allows(permission: Permission, topic: string, channel: string): boolean {
    return this.#list.some((authorization) => authorization.allows(permission, topic, channel));
  }
}

function checkCount(rows: readonly AuthorizationRow[]): void {
  const expressionCount = rows.reduce((count, { channels }) => count + 1 + channels.length, 0);
  if (expressionCount <= EXPRESSIONS_MAX) return;
  throw new SyntaxError(` has ${expressionCount} expressions, more than ${EXPRESSIONS_MAX}`);
}

function readRow(row: AuthorizationRow, index: number): Authorization {
  for (const permission of row.permissions) {
    if (permissions.some((known) => known === permission)) continue;
    const text = `unknown permission ${JSON.stringify(permission)}, not subscribe or publish`;
    throw new SyntaxError(`[${index}].permissions: ${text}`);
  }
  try {
    return new Authorization(row);
  } catch (error) {
    throw new SyntaxError(`[${index}]: ${reasonOf(error)}`);
  }
}
