// The figures that every daemon has at /metrics, under its own name: refusals, lateness of the event loop, memory.

import type { LoopDelay } from "../base/loop_delay.ts";
import { type RefusalKind, refusalKinds, type Refusals } from "../transport/refusals.ts";
import { type Metrics, single } from "./metrics_text.ts";

/** Of whom they are. */
export interface MeasuredDaemon {
  readonly refusals: Pick<Refusals, "counts">;
  readonly loopDelay: Pick<LoopDelay, "totals">;
}

/** The families; those that are not of every process begin with the daemon's name. */
export function daemonMetrics(daemon: string): Metrics<MeasuredDaemon> {
  return {
    [`${daemon}_refusals_total`]: {
      type: "counter",
      help: "what was refused to clients, by kind",
      // Also kinds that never occurred: a series that begins at 1 has no rise.
      samples: ({ refusals: { counts } }) =>
        (Object.keys(refusalKinds) as RefusalKind[]).map((kind) => [{ kind }, counts[kind] ?? 0]),
    },
    [`${daemon}_event_loop_delay_seconds`]: {
      type: "histogram",
      help: "how late the event loop was, looked at twice a second",
      samples: ({ loopDelay }) => single(loopDelay.totals),
    },
    process_resident_memory_bytes: {
      type: "gauge",
      help: "memory of the whole process",
      samples: () => single(Deno.memoryUsage().rss),
    },
  };
}
