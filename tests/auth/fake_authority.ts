// An auth server in memory that answers when the test says so, and users with their tokens.

import { Authority } from "../../src/auth/authority.ts";
import type { AuthAnswer, AuthorityPort, AuthQuestion } from "../../src/auth/authority_port.ts";
import { AuthServers } from "../../src/auth/auth_servers.ts";
import { sha256 } from "../../src/auth/token_hash.ts";

/** A rule for everything. */
export const EVERYTHING = {
  topic: ".*",
  channels: [".*"],
  permissions: ["subscribe", "publish"],
} as const;

/** The body of a good reply. */
export function goodReply(changes: Record<string, unknown> = {}): string {
  const reply = { ttl: 60, identity: "joe", identity_url: "", authorizations: [EVERYTHING] };
  return JSON.stringify({ ...reply, ...changes });
}

/** Answers at once from a list, the last one for ever; or when told, when there is no list. */
export class FakePort implements AuthorityPort {
  readonly asked: { server: number; question: AuthQuestion }[] = [];
  readonly #replies: (AuthAnswer | string)[];
  readonly #waiting: ((answer: AuthAnswer) => void)[] = [];

  constructor(...replies: (AuthAnswer | string)[]) {
    this.#replies = replies;
  }

  ask(server: number, question: AuthQuestion): Promise<AuthAnswer> {
    this.asked.push({ server, question });
    const reply = this.#replies.length > 1 ? this.#replies.shift() : this.#replies[0];
    if (reply === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    return Promise.resolve(answerOf(reply));
  }

  /** The question that waits longest is answered. */
  answer(reply: AuthAnswer | string): void {
    this.#waiting.shift()!(answerOf(reply));
  }
}

function answerOf(reply: AuthAnswer | string): AuthAnswer {
  return typeof reply === "string" ? { kind: "body", body: reply } : reply;
}

/** Servers behind a port, and what they say of failures. */
export function fakeServers(
  port: AuthorityPort,
  { addresses = ["one:1"], nowMs = (): number => 0, random = 0 } = {},
): { servers: AuthServers; failures: string[] } {
  const failures: string[] = [];
  const failed = (text: string) => void failures.push(text);
  const servers = new AuthServers({ port, addresses, nowMs, random: () => random, failed });
  return { servers, failures };
}

/** An authority that only asks this port. */
export function authorityAsking(port: AuthorityPort, nowMs: () => number = () => 0): Authority {
  const { servers } = fakeServers(port, { nowMs });
  return new Authority({ book: undefined, servers, refused: () => {} });
}

/** The hash of a token as the file of users has it. */
export function hashOf(token: string): string {
  return `sha256:${sha256(new TextEncoder().encode(token)).toHex()}`;
}
