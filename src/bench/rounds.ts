/**
 * Runs scenarios round by round over all servers in turn, so that what the machine does meanwhile
 * strikes all alike, and takes medians.
 * Invariant: a server that fails a scenario has no figures for it, and a note says why.
 */
import type { SelfCommand } from "./load_process.ts";
import type { Unit } from "./measurement.ts";
import { type Scenario, type ScenarioName, SCENARIOS } from "./scenarios.ts";
import { type Settings, settingsOf } from "./settings.ts";
import type { Target } from "./target.ts";

/** Where a server to measure comes from: one that runs, or one started for each scenario. */
export interface TargetSource {
  readonly name: string;
  open(): Promise<{ readonly target: Target; close(): Promise<void> }>;
}

/** A figure of a scenario on every server. */
export interface Row {
  readonly scenario: ScenarioName;
  readonly figure: string;
  readonly unit: Unit;
  /** Each round's value by server, in the order of the sources; empty where it failed. */
  readonly rounds: readonly (readonly number[])[];
}

/** All that was measured. */
export interface Outcome {
  readonly names: readonly string[];
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
  readonly hasFailed: boolean;
}

/** What to run. */
export interface Plan {
  readonly scenarios: readonly ScenarioName[];
  readonly sources: readonly TargetSource[];
  readonly typed: Partial<Settings>;
  readonly self: SelfCommand;
  readonly onProgress: (line: string) => void;
}

/** Runs the plan to its end; what fails is noted and left out. */
export async function runRounds(plan: Plan): Promise<Outcome> {
  const names = plan.sources.map(({ name }) => name);
  const tables: ScenarioTable[] = [];
  for (const name of plan.scenarios) tables.push(await runScenario(plan, name));
  return {
    names,
    rows: tables.flatMap((table) => table.rows()),
    notes: [...new Set(tables.flatMap((table) => table.notes))],
    hasFailed: tables.some((table) => table.hasFailed),
  };
}

async function runScenario(plan: Plan, name: ScenarioName): Promise<ScenarioTable> {
  const scenario: Scenario = SCENARIOS[name];
  const settings = settingsOf(plan.typed, scenario.defaults);
  const rounds = scenario.isOnceOnly ? 1 : settings.rounds;
  const table = new ScenarioTable(name, plan.sources.length);
  const opened = await Promise.all(plan.sources.map((source) => source.open()));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const [column, { target }] of opened.entries()) {
        plan.onProgress(`${name}: round ${round} of ${rounds}, ${target.name}`);
        const topic = `bench_${name}_${Deno.pid}_${round}`;
        await scenario.measure({ target, topic, settings, self: plan.self }).then(
          (measurement) => table.add(column, target.name, measurement),
          (error: Error) => table.fail(column, target.name, error),
        );
      }
    }
  } finally {
    await Promise.all(opened.map((server) => server.close()));
  }
  return table;
}

/** Gathers the rounds of one scenario. */
class ScenarioTable {
  readonly notes: string[] = [];
  hasFailed = false;
  readonly #figures = new Map<string, { unit: Unit; rounds: number[][] }>();

  constructor(readonly name: ScenarioName, readonly columns: number) {}

  add(
    column: number,
    server: string,
    { figures, notes }: Awaited<ReturnType<Scenario["measure"]>>,
  ) {
    this.notes.push(...notes.map((note) => `${this.name} on ${server}: ${note}`));
    for (const { name, unit, value } of figures) {
      const empty = { unit, rounds: Array.from({ length: this.columns }, () => []) };
      const figure = this.#figures.get(name) ?? empty;
      this.#figures.set(name, figure);
      figure.rounds[column]?.push(value);
    }
  }

  fail(_column: number, server: string, error: Error) {
    this.hasFailed = true;
    this.notes.push(`${this.name} on ${server} FAILED: ${error.message}`);
  }

  rows(): Row[] {
    return [...this.#figures].map(([figure, { unit, rounds }]) => {
      return { scenario: this.name, figure, unit, rounds };
    });
  }
}

/** The middle value; of an even number, the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
