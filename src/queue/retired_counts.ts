// What topics and channels counted that are gone: sums over all must not fall when one is deleted.

import type { Channel } from "./channel.ts";
import type { Topic } from "./topic.ts";

/** Counts of what is gone. */
export class RetiredCounts {
  messages = 0;
  messageBytes = 0;
  requeues = 0;
  timeouts = 0;
  latencySumMs = 0;
  /** See `LatencyTotals`; empty until something was finished in a channel that is gone. */
  latencies: readonly number[] = [];

  /** A topic goes. */
  addTopic({ messageCount, messageBytes }: Topic): void {
    this.messages += messageCount;
    this.messageBytes += messageBytes;
  }

  /** A channel goes. */
  addChannel({ counters }: Channel): void {
    this.requeues += counters.requeueCount;
    this.timeouts += counters.timeoutCount;
    const { totals } = counters.latency;
    if (totals === undefined) return;
    this.latencySumMs += totals.sumMs;
    this.latencies = totals.cumulative.map((count, index) => count + (this.latencies[index] ?? 0));
  }
}
