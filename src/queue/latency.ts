// End-to-end latency of one channel: the time from publishing to FIN, as quantiles over a sliding window.
// The window is two halves; the older is dropped when the newer is full, so a result covers half to all of it.

import { DDSketch } from "@datadog/sketches-js";

/** Relative error of a quantile. Upstream's algorithm promises a rank error of 1 % instead. */
const RELATIVE_ACCURACY = 0.01;

/** One quantile of a distribution; the value is in nanoseconds. */
export interface Quantile {
  quantile: number;
  value: number;
}

/** The distribution over the last window. */
export class LatencyWindow {
  readonly #halfMs: number;
  #newer = sketch();
  #older = sketch();
  #turnsMs = -Infinity;

  /** @param windowMs length of the window, ms */
  constructor(windowMs: number) {
    this.#halfMs = windowMs / 2;
  }

  /** Counts a message that took `latencyNs` nanoseconds. */
  add(latencyNs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#newer.accept(Math.max(latencyNs, 0));
  }

  /** Both halves as one sketch, of the caller's own. */
  merged(nowMs: number): DDSketch {
    this.#turn(nowMs);
    const both = sketch();
    both.merge(this.#older);
    both.merge(this.#newer);
    return both;
  }

  #turn(nowMs: number): void {
    if (nowMs < this.#turnsMs) return;
    const isBothOld = nowMs >= this.#turnsMs + this.#halfMs;
    this.#older = isBothOld ? sketch() : this.#newer;
    this.#newer = sketch();
    this.#turnsMs = nowMs + this.#halfMs;
  }
}

/** Sketches of several channels as one. */
export function mergeSketches(sketches: Iterable<DDSketch>): DDSketch {
  const all = sketch();
  for (const each of sketches) all.merge(each);
  return all;
}

/** The quantiles asked for, in that order; 0 where nothing was counted. */
export function quantilesOf(distribution: DDSketch, quantiles: readonly number[]): Quantile[] {
  const value = (quantile: number) =>
    distribution.count === 0 ? 0 : Math.round(distribution.getValueAtQuantile(quantile));
  return quantiles.map((quantile) => ({ quantile, value: value(quantile) }));
}

function sketch(): DDSketch {
  return new DDSketch({ relativeAccuracy: RELATIVE_ACCURACY });
}
