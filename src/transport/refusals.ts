// What was refused to clients, counted by kind for /stats, and logged, but not so often that the log becomes the next
// thing a stranger can fill. The list of kinds is the documentation of the counts.

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { RareLine } from "../base/rare_line.ts";
import type { AdmissionRefusal } from "./admission.ts";

/** Every kind of refusal, with what was refused. */
export const refusalKinds = {
  accept_failed: "connections that could not be accepted, as when descriptors ran out",
  tcp_connections: "connections of clients beyond --max-connections",
  tcp_connections_per_address: "the same beyond --max-connections-per-address",
  http_connections: "connections to the HTTP API beyond --max-http-connections",
  http_connections_per_address: "the same beyond --max-connections-per-address",
  handshake_timeout: "connections that did not say in time what they speak",
  command_timeout: "commands that took too long to arrive",
  line_too_long: "command lines that were too long",
  http_request_timeout: "HTTP requests whose head took too long to arrive",
  http_body_timeout: "HTTP requests whose body took too long to arrive",
  http_bad_request: "HTTP connections that did not speak HTTP",
  tls_handshake: "connections whose TLS handshake failed, over TCP and HTTPS",
  bad_stream: "connections whose compressed or encrypted stream was malformed",
  auth_failed: "secrets behind which nobody was found, over TCP and HTTP",
  auth_server_failed: "answers of auth servers that could not be used",
  http_unauthorized: "HTTP requests without credentials, or with wrong ones",
  http_forbidden: "HTTP requests of users who may not do that",
  tls_required: "commands and HTTP requests without TLS where it is required",
} as const satisfies Record<string, string>;

/** A kind of refusal. */
export type RefusalKind = keyof typeof refusalKinds;

interface Tally {
  count: number;
  readonly line: RareLine;
}

/** Counts refusals. */
export class Refusals {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #log: Logger;
  readonly #tallies = new Map<RefusalKind, Tally>();

  constructor(clock: Pick<Clock, "nowMs">, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  /** How often each kind occurred; kinds that did not are left out. */
  get counts(): Readonly<Partial<Record<RefusalKind, number>>> {
    return Object.fromEntries([...this.#tallies].map(([kind, { count }]) => [kind, count]));
  }

  /** Something was refused; `text` is its line in the log. */
  add(kind: RefusalKind, text: string): void {
    let tally = this.#tallies.get(kind);
    if (tally === undefined) {
      const warn = (line: string) => this.#log.warn(line);
      tally = { count: 0, line: new RareLine(warn, () => this.#clock.nowMs()) };
      this.#tallies.set(kind, tally);
    }
    tally.count++;
    tally.line.say(text);
  }

  /** The client at `address` was not let in; HTTPS counts as HTTP. */
  addConnection(protocol: "tcp" | "http", address: string, refusal: AdmissionRefusal): void {
    const isPerAddress = refusal === "per address";
    const reason = `too many connections${isPerAddress ? " from there" : ""}`;
    this.add(
      isPerAddress ? `${protocol}_connections_per_address` : `${protocol}_connections`,
      `${protocol.toUpperCase()}: refused ${address}: ${reason}`,
    );
  }
}
