// Asking auth servers who a client is: one after the other, from a random one on, until one gives an answer that can be
// used. A server may be slow, broken or lying: whatever it says either becomes an identity or a reason in the log.

import { reasonOf } from "../base/system_error.ts";
import { type AuthorizationRow, Authorizations } from "./authorizations.ts";
import { readAuthReply } from "./auth_reply.ts";
import type { AuthorityPort, AuthQuestion } from "./authority_port.ts";
import { Identity } from "./identity.ts";

/** What asking needs from outside. */
export interface AuthServersSurroundings {
  readonly port: AuthorityPort;
  /** The servers' names for the log, in the port's order. */
  readonly addresses: readonly string[];
  /** On the clock that only goes forward. */
  nowMs(): number;
  /** A number from 0 to below 1. */
  random(): number;
  /** A server could not say who somebody is, and why. */
  failed(text: string): void;
}

/** The auth servers of a broker. */
export class AuthServers {
  readonly #surroundings: AuthServersSurroundings;

  constructor(surroundings: AuthServersSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Who somebody is; undefined when no server says so. */
  async ask(question: AuthQuestion): Promise<Identity | undefined> {
    const { addresses, random, failed } = this.#surroundings;
    const first = Math.floor(random() * addresses.length);
    for (let index = 0; index < addresses.length; index++) {
      const server = (first + index) % addresses.length;
      try {
        return await this.#asked(server, question);
      } catch (error) {
        failed(`auth server ${withoutPassword(addresses[server]!)}: ${reasonOf(error)}`);
      }
    }
    return undefined;
  }

  async #asked(server: number, question: AuthQuestion): Promise<Identity> {
    const { port, nowMs } = this.#surroundings;
    const answer = await port.ask(server, question);
    if (answer.kind === "failure") throw new Error(answer.reason);
    const { ttlS, identity, identityUrl, authorizations } = readAuthReply(answer.body);
    return new Identity({
      name: identity,
      url: identityUrl,
      authorizations: await readNamed(authorizations),
      role: undefined,
      expiresMs: nowMs() + ttlS * 1000,
    });
  }
}

async function readNamed(rows: readonly AuthorizationRow[]): Promise<Authorizations> {
  try {
    return await Authorizations.readGently(rows);
  } catch (error) {
    throw new SyntaxError(`authorizations${reasonOf(error)}`);
  }
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^@/]*@/, "//");
}
