/**
 * Runs scenarios round by round over all servers in turn, so that what the machine does meanwhile
 * strikes all alike. Every second round takes the servers the other way round.
 * Invariant: a server that fails a scenario has no figures for it, and a note says why.
 */
import type { Layers } from "./client_task.ts";
import type { SelfCommand } from "./load_process.ts";
import type { Measurement, Unit } from "./measurement.ts";
import { type Scenario, type ScenarioName, SCENARIOS } from "./scenarios.ts";
import { type SettingName, type Settings, settingsOf } from "./settings.ts";
import type { Target } from "./target.ts";

/** Where a server to measure comes from: one that runs, or one started for each scenario. */
export interface TargetSource {
  readonly name: string;
  /** True where it runs already and keeps the flags it has. */
  readonly isRunning: boolean;
  open(
    serverFlags: readonly string[],
  ): Promise<{ readonly target: Target; close(): Promise<void> }>;
}

/** A figure of a scenario on every server. */
export interface Row {
  readonly scenario: ScenarioName;
  /** The setting that was varied, `size=100`; empty where none was. */
  readonly variant: string;
  readonly figure: string;
  readonly unit: Unit;
  /** Each round's value by server, in the order of the sources; empty where it failed. */
  readonly rounds: readonly (readonly number[])[];
}

/** Latencies of all rounds of a scenario together. */
export interface HistogramRow {
  readonly scenario: ScenarioName;
  readonly variant: string;
  /** By server, in the order of the sources, counts by `HISTOGRAM_LIMITS_MS`; empty where it failed. */
  readonly counts: readonly (readonly number[])[];
}

/** All that was measured. */
export interface Outcome {
  readonly names: readonly string[];
  readonly rows: readonly Row[];
  readonly histograms: readonly HistogramRow[];
  readonly notes: readonly string[];
  readonly hasFailed: boolean;
}

/** A setting and the values that every scenario is to run with in turn. */
export interface Variation {
  readonly name: SettingName;
  readonly values: readonly number[];
}

/** How far a run is. */
export interface BenchProgress {
  readonly done: number;
  readonly all: number;
  /** What is measured now. */
  readonly text: string;
}

/** What to run. */
export interface Plan {
  readonly scenarios: readonly ScenarioName[];
  readonly sources: readonly TargetSource[];
  readonly typed: Partial<Settings>;
  readonly variation: Variation | null;
  readonly layers: Layers;
  readonly self: SelfCommand;
  readonly onProgress: (progress: BenchProgress) => void;
}

/** A scenario with all that one table of rounds needs. */
interface Step {
  readonly name: ScenarioName;
  readonly variant: string;
  readonly scenario: Scenario;
  readonly settings: Settings;
  readonly rounds: number;
}

/** Runs the plan to its end; what fails is noted and left out. */
export async function runRounds(plan: Plan): Promise<Outcome> {
  const steps = plan.scenarios.flatMap((name) => stepsOf(plan, name));
  const all = steps.reduce((sum, { rounds }) => sum + rounds * plan.sources.length, 0);
  const tables: ScenarioTable[] = [];
  let done = 0;
  for (const step of steps) {
    tables.push(await runStep(plan, step, (text) => plan.onProgress({ done: done++, all, text })));
  }
  return {
    names: plan.sources.map(({ name }) => name),
    rows: tables.flatMap((table) => table.rows()),
    histograms: tables.flatMap((table) => table.histograms()),
    notes: [...new Set(tables.flatMap((table) => table.notes))],
    hasFailed: tables.some((table) => table.hasFailed),
  };
}

/** One step, or one for each value of the setting that is varied. */
function stepsOf({ typed, variation }: Plan, name: ScenarioName): Step[] {
  const scenario: Scenario = SCENARIOS[name];
  const step = (varied: Partial<Settings>, variant: string): Step => {
    const settings = settingsOf({ ...typed, ...varied }, scenario.defaults);
    return { name, variant, scenario, settings, rounds: scenario.isOnceOnly ? 1 : settings.rounds };
  };
  if (variation === null) return [step({}, "")];
  return variation.values.map((value) =>
    step({ [variation.name]: value }, `${variation.name}=${value}`)
  );
}

async function runStep(
  plan: Plan,
  step: Step,
  onProgress: (text: string) => void,
): Promise<ScenarioTable> {
  const { name, scenario, settings, rounds } = step;
  const { layers, self } = plan;
  const table = new ScenarioTable(step, plan.sources.length);
  const { serverFlags = [] } = scenario;
  table.noteFlags(plan.sources, serverFlags);
  const opened = await Promise.all(plan.sources.map((source) => source.open(serverFlags)));
  try {
    for (let round = 1; round <= rounds; round++) {
      const columns = [...opened.entries()];
      for (const [column, { target }] of round % 2 === 1 ? columns : columns.reverse()) {
        onProgress(`${table.label}, round ${round} of ${rounds}, ${target.name}`);
        const topic = `bench_${name}_${Deno.pid}_${round}`;
        await scenario.measure({ target, topic, settings, layers, self }).then(
          (measurement) => table.add(column, target.name, measurement),
          (error: Error) => table.fail(target.name, error),
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
  readonly label: string;
  hasFailed = false;
  readonly #step: Step;
  readonly #columns: number;
  readonly #figures = new Map<string, { unit: Unit; rounds: number[][] }>();
  readonly #histograms: number[][];

  constructor(step: Step, columns: number) {
    this.#step = step;
    this.#columns = columns;
    this.#histograms = Array.from({ length: columns }, () => []);
    this.label = `${step.name} ${step.variant}`.trim();
  }

  noteFlags(sources: readonly TargetSource[], flags: readonly string[]): void {
    if (flags.length === 0) return;
    for (const { name } of sources.filter(({ isRunning }) => isRunning)) {
      this.notes.push(`${this.label} on ${name}: it means something if started with ${flags}`);
    }
  }

  add(column: number, server: string, { figures, notes, histogram }: Measurement): void {
    this.notes.push(...notes.map((note) => `${this.label} on ${server}: ${note}`));
    for (const { name, unit, value } of figures) {
      const empty = { unit, rounds: Array.from({ length: this.#columns }, () => []) };
      const figure = this.#figures.get(name) ?? empty;
      this.#figures.set(name, figure);
      figure.rounds[column]?.push(value);
    }
    const before = this.#histograms[column] ?? [];
    if (histogram === undefined) return;
    this.#histograms[column] = histogram.map((count, index) => count + (before[index] ?? 0));
  }

  fail(server: string, error: Error): void {
    this.hasFailed = true;
    this.notes.push(`${this.label} on ${server} FAILED: ${error.message}`);
  }

  rows(): Row[] {
    const { name: scenario, variant } = this.#step;
    return [...this.#figures].map(([figure, { unit, rounds }]) => {
      return { scenario, variant, figure, unit, rounds };
    });
  }

  histograms(): HistogramRow[] {
    const { name: scenario, variant } = this.#step;
    const counts = this.#histograms;
    return counts.some(({ length }) => length > 0) ? [{ scenario, variant, counts }] : [];
  }
}
