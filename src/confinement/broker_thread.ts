// The broker's thread, seen from the main thread: it is started with its permissions, told what to do, and when it ends
// it is known why. It knows nothing of signals, logs and exit codes.
// Invariant: `ended` resolves once, and never rejects.

import type { AuthorityPort } from "../auth/authority_port.ts";
import type { LookupPort } from "../lookup/lookup_port.ts";
import type { StatsdPort } from "../statsd/statsd_port.ts";
import type { Order, Report } from "./messages.ts";
import type { BrokerPermissions } from "./permissions.ts";

/** Why the thread is no more; a text is one line for the log. */
export type ThreadEnd =
  | { readonly kind: "stopped" }
  /** The broker could not start. */
  | { readonly kind: "refused"; readonly text: string }
  /** Nobody caught an error. */
  | { readonly kind: "crashed"; readonly text: string };

/** The part of a `Worker` that is used. */
export type ThreadPort = Pick<Worker, "postMessage" | "onmessage" | "onerror" | "terminate">;

/** What the main thread does for the broker. */
export interface ThreadInputs {
  readonly order: Order & { readonly kind: "start" };
  /** Called when the broker serves. */
  readonly onListening: () => void;
  /** Asks the auth servers, where there are any. */
  readonly authority: AuthorityPort | undefined;
  /** Speaks to the nsqlookupds. */
  readonly lookup: LookupPort;
  /** Sends to the statsd server. */
  readonly statsd: StatsdPort;
}

/** A thread with a broker. */
export class BrokerThread {
  readonly ended: Promise<ThreadEnd>;
  readonly #port: ThreadPort;
  readonly #inputs: ThreadInputs;
  readonly #end: (end: ThreadEnd) => void;

  /** @param port a worker of `openThread` */
  constructor(port: ThreadPort, inputs: ThreadInputs) {
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    this.ended = promise;
    this.#port = port;
    this.#inputs = inputs;
    this.#end = (end) => {
      port.terminate();
      resolve(end);
    };
    port.onmessage = ({ data }: MessageEvent<Report>) => this.#hear(data);
    port.onerror = (event) => {
      event.preventDefault();
      this.#end({ kind: "crashed", text: event.message });
    };
    this.#order(inputs.order);
  }

  /** Has files read again that may change. */
  reload(): void {
    this.#order({ kind: "reload" });
  }

  /** Has the broker drain and then stop; see `ended`. */
  drain(): void {
    this.#order({ kind: "drain" });
  }

  /** Has the broker stop with everything kept; see `ended`. */
  stop(): void {
    this.#order({ kind: "stop" });
  }

  #order(order: Order): void {
    this.#port.postMessage(order);
  }

  #hear(report: Report): void {
    if (report.kind === "listening") this.#inputs.onListening();
    else if (report.kind === "question") void this.#ask(report);
    else if (report.kind === "lookup order") this.#inputs.lookup.order(report.order);
    else if (report.kind === "statsd report") this.#inputs.statsd.send(report.report);
    else if (report.kind === "channels question") void this.#askChannels(report);
    else if (report.kind === "exited") this.#end({ kind: "crashed", text: "its thread was left" });
    else this.#end(report);
  }

  async #askChannels({ id, topic }: Report & { kind: "channels question" }): Promise<void> {
    const channels = await this.#inputs.lookup.channelsOf(topic);
    this.#order({ kind: "channels answer", id, channels });
  }

  async #ask({ id, server, question }: Report & { kind: "question" }): Promise<void> {
    const answer = await this.#inputs.authority?.ask(server, question) ??
      { kind: "failure", reason: "there are no auth servers" };
    this.#order({ kind: "answer", id, answer });
  }
}

/**
 * Opens the thread of a module with a set of permissions.
 * @throws {TypeError} where Deno was started without `--unstable-worker-options`
 * @throws {Deno.errors.NotCapable} where this process itself may not do all that the thread may
 */
export function openThread(module: URL, permissions: BrokerPermissions): Worker {
  return new Worker(module, {
    type: "module",
    name: "broker",
    deno: { permissions: { ...permissions } },
  });
}

/** What the main thread can do without once the broker runs. TLS to auth servers reads `env` and `sys` (measured). */
const GIVEN_UP = ["read", "write", "run", "ffi", "import"] as const;

/** Gives up files, programs, libraries and modules, for the whole life of this thread. */
export function giveUpPermissions(): void {
  for (const name of GIVEN_UP) Deno.permissions.revokeSync({ name });
}
