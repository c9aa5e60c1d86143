// The nsqlookupds as a confined broker reaches them: it may not connect to anybody, so orders and questions go to the main
// thread. Invariant: every question is answered once; the main thread keeps the time limit.

import type { LookupOrder, LookupPort } from "../lookup/lookup_port.ts";
import type { Report } from "./messages.ts";

/** Announces and asks by message. */
export class LookupBridge implements LookupPort {
  readonly #tell: (report: Report) => void;
  readonly #waiting = new Map<number, (channels: readonly string[]) => void>();
  #lastId = 0;

  /** @param tell sends to the main thread */
  constructor(tell: (report: Report) => void) {
    this.#tell = tell;
  }

  order(order: LookupOrder): void {
    this.#tell({ kind: "lookup order", order });
  }

  channelsOf(topic: string): Promise<readonly string[]> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ kind: "channels question", id, topic });
    });
  }

  /** An answer came. */
  answered(id: number, channels: readonly string[]): void {
    this.#waiting.get(id)?.(channels);
    this.#waiting.delete(id);
  }
}
