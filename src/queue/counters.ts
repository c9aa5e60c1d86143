// What a channel counts since the process started.

import { LatencyCounts } from "./latency_counts.ts";
import { localities, type Locality } from "./consumer.ts";

/** Counters of one channel; they only grow. */
export class ChannelCounters {
  /** Messages received from the topic; delivering one again does not count. */
  messageCount = 0;
  requeueCount = 0;
  /** From publishing to FIN. */
  readonly latency = new LatencyCounts();
  timeoutCount = 0;
  /** Deliveries from memory to consumers in the broker's zone, in its region, elsewhere. */
  zoneLocalCount = 0;
  regionLocalCount = 0;
  globalCount = 0;

  /** Counts deliveries from memory. */
  countDelivery(locality: Locality, count: number): void {
    if (locality === localities.zone) this.zoneLocalCount += count;
    else if (locality === localities.region) this.regionLocalCount += count;
    else this.globalCount += count;
  }
}
