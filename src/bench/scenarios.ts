/**
 * The scenarios: each a row with its help, its defaults and how it is measured once. It knows neither
 * rounds nor output.
 * Invariant: a scenario leaves no topic behind on the server it measured.
 */
import { idleConnections } from "./idle_memory.ts";
import { latency } from "./latency.ts";
import type { Measurement, Measuring } from "./measurement.ts";
import type { Settings } from "./settings.ts";
import { consuming, httpPublishing, publishing, publishingAndConsuming } from "./throughput.ts";

/** A row of the list. */
export interface Scenario {
  readonly help: string;
  readonly defaults: Partial<Settings>;
  /** True where only the first round on a server means something. */
  readonly isOnceOnly?: boolean;
  measure(measuring: Measuring): Promise<Measurement>;
}

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
  pubsub: {
    help: "in and out at once",
    defaults: {},
    measure: publishingAndConsuming,
  },
  latency: {
    help: "from due time to consumer at a fixed rate, default client settings",
    defaults: { batch: 0, seconds: 10 },
    measure: latency,
  },
  connections: {
    help: "memory that idle subscribed connections take",
    defaults: { connections: 10_000 },
    isOnceOnly: true,
    measure: idleConnections,
  },
  http: {
    help: "POST /pub over keep-alive connections",
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
