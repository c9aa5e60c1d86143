// A load client that has connected and waits for the word to begin.

import type { ClientResult } from "./client_task.ts";

/** A client that is connected and waits. */
export interface PreparedRun {
  /** Does the work; `endedAtMs` where it ended before it returned. */
  run(): Promise<
    Pick<ClientResult, "messages" | "latencyMs" | "histogram" | "lateMs"> & { endedAtMs?: number }
  >;
  close(): void | Promise<void>;
}
