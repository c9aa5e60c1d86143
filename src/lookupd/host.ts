// What the parts of nsqlookupd that face clients share. Reading a property gives the value of that moment.

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { LoopDelay } from "../base/loop_delay.ts";
import type { RareLine } from "../base/rare_line.ts";
import type { LookupdOptions } from "../options/nsqlookupd_options.ts";
import type { Admission } from "../transport/admission.ts";
import type { Refusals } from "../transport/refusals.ts";
import type { Moment, Producer } from "./producer.ts";
import type { Registry } from "./registry.ts";

/** Looks whether producers can be reached. */
export interface ReachabilityWatch {
  /** A producer has introduced itself. */
  watch(producer: Producer): void;
  /** It has said that it is alive. */
  remind(producer: Producer): void;
  /** Its connection has ended. */
  forget(producer: Producer): void;
}

/** nsqlookupd as its servers see it. */
export interface LookupdHost {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  /** Complaints about what clients send. */
  readonly complaints: RareLine;
  readonly refusals: Refusals;
  readonly admission: Admission;
  readonly httpAdmission: Admission;
  /** How late the event loop is. */
  readonly loopDelay: Pick<LoopDelay, "worstMs" | "totals">;
  readonly reachability: ReachabilityWatch | undefined;
  /** `unixSocketMode` is empty: there are none. */
  readonly options: LookupdOptions & { readonly unixSocketMode: string };
  readonly hostname: string;
  /** The ports really bound. */
  readonly tcpPort: number;
  readonly httpPort: number;
}

/** The moment it is. */
export function momentOf(clock: Clock): Moment {
  return { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
}
