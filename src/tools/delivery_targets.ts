// Where a tool passes messages on to: which of several is next, how long each takes, and a line about that now and then.
// Knows neither messages nor what delivering is.

import { type Clock, SystemClock } from "../base/clock.ts";
import { AddressPool, type PoolMode } from "./address_pool.ts";
import { DurationReport } from "./duration_report.ts";

/** What the targets are, and how they are used. */
export interface TargetSettings {
  /** Their names in the lines; at least one. */
  readonly names: readonly string[];
  readonly mode: PoolMode;
  /** A line for so many deliveries; 0 for none. */
  readonly statusEvery: number;
}

/** Targets by index. */
export class DeliveryTargets {
  readonly #pool: AddressPool;
  readonly #clock: Clock = new SystemClock();
  readonly #say: (line: string) => void;
  readonly #aggregate: DurationReport;
  readonly #reports: readonly DurationReport[];

  /** `say` takes the lines. */
  constructor({ names, mode, statusEvery }: TargetSettings, say: (line: string) => void) {
    this.#pool = new AddressPool(names.length, mode, Math.random);
    this.#say = say;
    this.#aggregate = new DurationReport("aggregate", statusEvery);
    // Of a single one the aggregate says everything.
    const several = names.length > 1 ? names : [];
    this.#reports = several.map((name) => new DurationReport(name, statusEvery));
  }

  /** Delivers to the one whose turn it is. */
  toNext(deliver: (index: number) => Promise<void>): Promise<void> {
    return this.to(this.#pool.next(this.#clock.nowMs()), deliver);
  }

  /** Delivers to a certain one; rejects as `deliver` does. */
  async to(index: number, deliver: (index: number) => Promise<void>): Promise<void> {
    const startMs = this.#clock.nowMs();
    try {
      await deliver(index);
    } catch (error) {
      this.#report(index, false, startMs);
      throw error;
    }
    const durationMs = this.#report(index, true, startMs);
    for (const report of [this.#aggregate, this.#reports[index]]) {
      const line = report?.add(durationMs);
      if (line !== undefined) this.#say(line);
    }
  }

  #report(index: number, isSuccess: boolean, startMs: number): number {
    const nowMs = this.#clock.nowMs();
    this.#pool.report(index, isSuccess, nowMs - startMs, nowMs);
    return nowMs - startMs;
  }
}
