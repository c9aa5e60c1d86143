// Who says whom the broker serves: the file of users, the auth servers, or first the one and then the others.
// Invariant: what fails, for whatever reason, lets nobody in.

import { type AuthQuestion, SECRET_BYTES_MAX } from "./authority_port.ts";
import type { AuthServers } from "./auth_servers.ts";
import type { Identity } from "./identity.ts";
import type { UserBook } from "./user_book.ts";

/** What an authority consists of. */
export interface AuthorityParts {
  /** The users of the file, if there is one. */
  readonly book: UserBook | undefined;
  /** The auth servers, if there are any. */
  readonly servers: AuthServers | undefined;
  /** Nobody was found behind a secret; the text is a line for the log. */
  refused(text: string): void;
}

/** Decides who somebody is. */
export class Authority {
  readonly #servers: AuthServers | undefined;
  readonly #refused: (text: string) => void;
  #book: UserBook | undefined;

  constructor({ book, servers, refused }: AuthorityParts) {
    this.#book = book;
    this.#servers = servers;
    this.#refused = refused;
  }

  /** The file was read again. Clients that came in by it are looked up in the new book at their next command. */
  replaceBook(book: UserBook): void {
    if (this.#book !== undefined) this.#book.isReplaced = true;
    this.#book = book;
  }

  /** Who a client is; undefined when nobody says so. Never rejects. */
  async identify(question: AuthQuestion): Promise<Identity | undefined> {
    const { secret, remoteIp } = question;
    if (secret.length > SECRET_BYTES_MAX) {
      return this.#refuse(remoteIp, "a secret that is too long");
    }
    const identity = await this.#inBook(secret) ?? await this.#servers?.ask(question);
    return identity ?? this.#refuse(remoteIp);
  }

  /** Which user of the file presents a secret, a byte string; undefined when none does. Never rejects. */
  async user(secret: string, remote: string): Promise<Identity | undefined> {
    if (secret.length > SECRET_BYTES_MAX) return this.#refuse(remote, "a secret that is too long");
    return await this.#inBook(secret) ?? this.#refuse(remote);
  }

  async #inBook(secret: string): Promise<Identity | undefined> {
    try {
      return await this.#book?.find(secret);
    } catch (error) {
      this.#refused(`AUTH: cannot look for a user - ${error}`);
      return undefined;
    }
  }

  #refuse(remote: string, what = "a secret that nobody is known by"): undefined {
    this.#refused(`AUTH: ${remote || "a unix socket"} presents ${what}`);
    return undefined;
  }
}
