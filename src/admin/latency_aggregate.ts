// End-to-end latencies as the API shows them, and their sum over nodes: upstream's arithmetic, which tools may rely on.

import { type JsonObject, numberAt, objectOf, objectsAt, textAt } from "./json_fields.ts";

/** One percentile; the order of keys is that of the API. */
export interface Percentile {
  average: number;
  count: number;
  max: number;
  min: number;
  quantile: number;
  value?: number;
}

/** Percentiles of a topic or channel, of one node or of several. */
export interface LatencyAggregate {
  count: number;
  percentiles: Percentile[] | null;
  readonly topic: string;
  readonly channel: string;
  /** The node; `*` for several. */
  host: string;
}

/** Reads what an nsqd says; null when it says nothing. Throws JsonMismatch. */
export function latencyOf(value: unknown): LatencyAggregate | null {
  if (value === null || value === undefined) return null;
  const object = objectOf(value, "e2e_processing_latency");
  const count = numberAt(object, "count");
  const percentiles = object["percentiles"] ?? null;
  return {
    count,
    percentiles: percentiles === null
      ? null
      : objectsAt(object, "percentiles").map((one) => percentileOf(one, count)),
    topic: textAt(object, "topic"),
    channel: textAt(object, "channel"),
    host: textAt(object, "host"),
  };
}

function percentileOf(object: JsonObject, count: number): Percentile {
  const value = numberAt(object, "value");
  const quantile = numberAt(object, "quantile");
  return { average: value, count, max: value, min: value, quantile, value };
}

/** Nothing yet, for sums. */
export function noLatency(topic: string, channel: string, host: string): LatencyAggregate {
  return { count: 0, percentiles: null, topic, channel, host };
}

/** Adds the latencies of another node: averages weigh by count. */
export function addLatency(sum: LatencyAggregate, one: LatencyAggregate | null): void {
  sum.host = "*";
  if (one === null) return;
  sum.count += one.count;
  for (const percentile of one.percentiles ?? []) addPercentile(sum, percentile);
}

function addPercentile(sum: LatencyAggregate, one: Percentile): void {
  const list = sum.percentiles ??= [];
  let into = list.find(({ quantile }) => quantile === one.quantile);
  if (into === undefined) {
    into = { average: 0, count: 0, max: 0, min: 0, quantile: one.quantile };
    list.push(into);
  }
  into.max = Math.max(one.max, into.max);
  // Upstream's slip, which clients see: not the least, but what was added last.
  into.min = Math.min(one.max, into.max);
  into.count += one.count;
  if (into.count === 0) into.average = 0;
  else into.average += (one.average - into.average) * one.count / into.count;
}
