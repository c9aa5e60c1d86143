// The statsd server as a confined broker reaches it: the main thread sends. Invariant: nobody waits for it.

import type { StatsdPort, StatsdReport } from "../statsd/statsd_port.ts";
import type { Report } from "./messages.ts";

/** Sends by message. */
export class StatsdBridge implements StatsdPort {
  readonly #tell: (report: Report) => void;

  /** @param tell sends to the main thread */
  constructor(tell: (report: Report) => void) {
    this.#tell = tell;
  }

  send(report: StatsdReport): void {
    this.#tell({ kind: "statsd report", report });
  }

  /** The main thread closes its own end. */
  close(): void {}
}
