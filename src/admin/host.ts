// What the handlers of nsqadmin share. Reading a property gives the value of that moment.

import type { Clock } from "../base/clock.ts";
import type { LoopDelay } from "../base/loop_delay.ts";
import type { Logger } from "../base/logger.ts";
import type { LogLevel } from "../options/option_row.ts";
import type { AdminOptions } from "../options/nsqadmin_options.ts";
import type { Admission } from "../transport/admission.ts";
import type { Refusals } from "../transport/refusals.ts";
import type { Access } from "./access.ts";
import type { Cluster } from "./cluster.ts";
import type { DaemonClient } from "./daemon_client.ts";
import type { Notifications } from "./notifications.ts";
import type { RateBook } from "./rate_book.ts";
import type { StaticFiles } from "./static_files.ts";
import type { Survey } from "./survey.ts";
import type { Tails } from "./tails.ts";

/** nsqadmin as its handlers see it. */
export interface AdminHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly loopDelay: Pick<LoopDelay, "worstMs" | "totals">;
  readonly refusals: Refusals;
  readonly httpAdmission: Admission;
  /** `unixSocketMode` is empty: there are none. */
  readonly options: AdminOptions & { readonly unixSocketMode: string };
  /** `/`, or a path that begins with a slash and ends without one. */
  readonly basePath: string;
  /** The name of this machine. */
  readonly hostname: string;
  readonly access: Access;
  readonly client: DaemonClient;
  readonly cluster: Cluster;
  readonly survey: Survey;
  readonly rates: RateBook;
  readonly notifications: Notifications;
  readonly tails: Tails;
  readonly files: StaticFiles;
  setLogLevel(level: LogLevel): void;
  setLookupdAddresses(addresses: readonly string[]): void;
}
