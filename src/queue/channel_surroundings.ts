// What a channel is given: numbers of the options, and the log it reads. It holds nothing of a channel itself.

import type { Log } from "./log.ts";
import type { StoredChannel } from "./stored.ts";

/** The numbers a channel needs of the options. */
export interface ChannelSettings {
  /** Messages that wait in memory. */
  memQueueSize: number;
  /** TOUCH cannot keep a message in flight longer than this, ms. */
  maxMsgTimeoutMs: number;
  /** Window of the latency quantiles, ms; 0 when none are kept. */
  latencyWindowMs: number;
}

/** Where a channel reads. */
export interface ChannelSource {
  /** The topic's log. */
  log: Log;
  /** Number of the first message to read. */
  start: number;
  /** Whether messages beyond `memQueueSize` are dropped; the channel then has a log of its own. */
  isBounded: boolean;
  /** What is known of it from an earlier run; undefined when it is new. */
  stored?: StoredChannel | undefined;
}
