// The failures beside an answer, as the API tells them: `message` is a warning when some daemons failed, and the whole
// answer an error when all did.

import type { Logger } from "../base/logger.ts";
import { upstreamError } from "./http_errors.ts";
import { AllFailed, joined, type Partial } from "./partial.ts";

/** Gathers failures for one reply. */
export class Gathering {
  readonly #log: Logger;
  readonly #texts: string[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** `message` of the reply: empty when all went well. */
  get message(): string {
    return this.#texts.length === 0 ? "" : `WARNING: ${this.#texts.join("; ")}`;
  }

  /** The value of what some answered. Throws ReplyError with status 502 when nobody did; `what` is for the log. */
  async take<Value>(what: string, asked: Promise<Partial<Value>>): Promise<Value> {
    try {
      const { value, errors } = await asked;
      this.tell(errors);
      return value;
    } catch (error) {
      if (!(error instanceof AllFailed)) throw error;
      this.#log.error(`failed to ${what} - ${error.message}`);
      throw upstreamError(error.message);
    }
  }

  /** These failed beside what did not. */
  tell(errors: readonly Error[]): void {
    if (errors.length === 0) return;
    const text = joined(errors);
    this.#log.warn(text);
    this.#texts.push(text);
  }
}
