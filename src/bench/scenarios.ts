/**
 * The scenarios: each a row with its help, its defaults and how it is measured once. It knows neither
 * rounds nor output.
 * Invariant: a scenario leaves no topic behind on the server it measured.
 */
import { idleTopics, queuedMemory, statsMeanwhile } from "./broker_state.ts";
import { idleConnections } from "./idle_memory.ts";
import { latency, latencyAtHalf } from "./latency.ts";
import type { Measurement, Measuring } from "./measurement.ts";
import type { Settings } from "./settings.ts";
import { consuming, httpPublishing, publishing, publishingAndConsuming } from "./throughput.ts";

/** A row of the list. */
export interface Scenario {
  readonly help: string;
  readonly defaults: Partial<Settings>;
  /** True where only the first round on a server means something, or setting up takes long. */
  readonly isOnceOnly?: boolean;
  /** Flags that a server needs which is started for this scenario. */
  readonly serverFlags?: readonly string[];
  measure(measuring: Measuring): Promise<Measurement>;
}

const DISK_FLAGS = ["--mem-queue-size=0"];

/** Every scenario by name, in the order they run. */
export const SCENARIOS = {
  pub: {
    help: "MPUBs, each connection waiting for its OK",
    defaults: {},
    measure: publishing,
  },
  sub: {
    help: "consume and finish a backlog in one channel",
    defaults: {},
    measure: consuming,
  },
  pub1: {
    help: "single PUBs, each connection waiting for every OK",
    defaults: { batch: 0 },
    measure: publishing,
  },
  "pub1-pipelined": {
    help: "single PUBs, many on the way",
    defaults: { batch: 0, window: 100 },
    measure: publishing,
  },
  "pub1-100": {
    help: "single PUBs from 100 connections, each waiting for every OK",
    defaults: { batch: 0, connections: 100 },
    measure: publishing,
  },
  pubsub: {
    help: "in and out at once",
    defaults: {},
    measure: publishingAndConsuming,
  },
  "pubsub-4": {
    help: "the same with 4 channels, each of which gets every message",
    defaults: { channels: 4 },
    measure: publishingAndConsuming,
  },
  "pubsub-16": {
    help: "the same with 16 channels",
    defaults: { channels: 16 },
    measure: publishingAndConsuming,
  },
  "disk-pub": {
    help: "pub with `--mem-queue-size=0`",
    defaults: {},
    serverFlags: DISK_FLAGS,
    measure: publishing,
  },
  "disk-sub": {
    help: "sub with `--mem-queue-size=0`",
    defaults: {},
    serverFlags: DISK_FLAGS,
    measure: consuming,
  },
  latency: {
    help: "from due time to consumer at a fixed rate, default client settings",
    defaults: { batch: 0, seconds: 10 },
    measure: latency,
  },
  "latency-half": {
    help: "latency at half of the rate that goes through with one connection in and one out",
    defaults: {},
    measure: latencyAtHalf,
  },
  connections: {
    help: "memory that idle subscribed connections take",
    defaults: { connections: 10_000 },
    isOnceOnly: true,
    measure: idleConnections,
  },
  memory: {
    help: "memory that a queued message takes",
    defaults: { messages: 1_000_000 },
    isOnceOnly: true,
    measure: queuedMemory,
  },
  topics: {
    help: "processor time and memory of idle topics with a channel each",
    defaults: { topics: 10_000 },
    isOnceOnly: true,
    measure: idleTopics,
  },
  stats: {
    help: "`/stats` with many topics, and latency meanwhile",
    defaults: { batch: 0, topics: 10_000, seconds: 10 },
    isOnceOnly: true,
    measure: statsMeanwhile,
  },
  http: {
    help: "POST /pub over keep-alive connections, never encrypted or compressed",
    defaults: { connections: 16 },
    measure: httpPublishing,
  },
} as const satisfies Record<string, Scenario>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

/** Whether `name` is a scenario. */
export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** Every scenario's name, in the order they run. */
export const SCENARIO_NAMES = Object.keys(SCENARIOS).filter(isScenarioName);
