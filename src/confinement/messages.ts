// What the main thread and the broker's thread say to each other. All of it is plain data that survives being copied.

import type { AuthAnswer, AuthQuestion } from "../auth/authority_port.ts";
import type { LookupOrder } from "../lookup/lookup_port.ts";
import type { StatsdReport } from "../statsd/statsd_port.ts";
import type { Options } from "../options/nsqd_options.ts";

/** To the broker's thread. `start` comes first and once, `stop` last: also after `drain`, when somebody is in a hurry. */
export type Order =
  | {
    readonly kind: "start";
    readonly options: Options;
    readonly hostname: string;
    readonly commandLine?: readonly string[];
  }
  | { readonly kind: "reload" }
  | { readonly kind: "drain" }
  | { readonly kind: "stop" }
  | { readonly kind: "answer"; readonly id: number; readonly answer: AuthAnswer }
  | { readonly kind: "channels answer"; readonly id: number; readonly channels: readonly string[] };

/** To the main thread. `start` is followed by `listening` or `refused`, `stop` and the end of a drain by `stopped`. */
export type Report =
  | { readonly kind: "listening" }
  /** The broker cannot start; the text is the whole line to show. */
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "stopped" }
  /** Something in the thread asked for the end of the process, for which nothing of ours has a reason. */
  | { readonly kind: "exited" }
  /** For the statsd server; nobody waits for it. */
  | { readonly kind: "statsd report"; readonly report: StatsdReport }
  /** For the nsqlookupds; nobody waits for it. */
  | { readonly kind: "lookup order"; readonly order: LookupOrder }
  /** For the nsqlookupds, to be answered with the same id. */
  | { readonly kind: "channels question"; readonly id: number; readonly topic: string }
  /** For an auth server, to be answered with the same id. */
  | {
    readonly kind: "question";
    readonly id: number;
    readonly server: number;
    readonly question: AuthQuestion;
  };
