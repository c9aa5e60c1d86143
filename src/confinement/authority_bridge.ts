// The auth servers as a confined broker reaches them: it may not connect to anybody, so questions go to the main thread.
// Invariant: every question is answered once; the main thread keeps the time limit.

import type { AuthAnswer, AuthorityPort, AuthQuestion } from "../auth/authority_port.ts";
import type { Report } from "./messages.ts";

/** Asks by message. */
export class AuthorityBridge implements AuthorityPort {
  readonly #tell: (report: Report) => void;
  readonly #waiting = new Map<number, (answer: AuthAnswer) => void>();
  #lastId = 0;

  /** @param tell sends to the main thread */
  constructor(tell: (report: Report) => void) {
    this.#tell = tell;
  }

  ask(server: number, question: AuthQuestion): Promise<AuthAnswer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ kind: "question", id, server, question });
    });
  }

  /** An answer came. */
  answered(id: number, answer: AuthAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
