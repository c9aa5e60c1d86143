/**
 * Shows what was measured: a table for people, JSON for programs. It measures nothing.
 * Invariant: both say the same medians, and a ratio is always the first server's to another's.
 */
import type { Unit } from "./measurement.ts";
import { HISTOGRAM_LIMITS_MS } from "./latency_histogram.ts";
import { median } from "./median.ts";
import type { HistogramRow, Outcome, Row } from "./rounds.ts";

const BAR_CHARACTERS = 20;

/** The table, below it histograms of latencies, and the notes; ends with a newline. */
export function tableText(outcome: Outcome): string {
  const peers = outcome.names.slice(1);
  const ratioHeads = peers.map((_, index) => peers.length === 1 ? "ratio" : `ratio ${index + 1}`);
  const head = ["scenario", "figure", ...outcome.names, ...ratioHeads];
  const lines = outcome.rows.map((row, index) => tableLine(row, outcome.rows[index - 1]));
  const notes = outcome.notes.map((note) => `- ${note}\n`);
  const histograms = outcome.histograms.map((row) => "\n" + histogramText(row, outcome.names));
  return [aligned([head, ...lines], 2), ...histograms, notes.length > 0 ? "\n" : "", ...notes]
    .join("");
}

/** The same as an object to be printed as JSON. */
export function jsonReport(outcome: Outcome) {
  return {
    servers: outcome.names,
    rows: outcome.rows.map((row) => ({
      scenario: row.scenario,
      variant: row.variant,
      figure: row.figure,
      unit: row.unit,
      medians: row.rounds.map((rounds) => finite(median(rounds))),
      ratios: ratios(row).map(finite),
      rounds: row.rounds,
    })),
    histograms: { limitsMs: HISTOGRAM_LIMITS_MS, rows: outcome.histograms },
    notes: outcome.notes,
  };
}

function tableLine(row: Row, above: Row | undefined): string[] {
  const isRepeated = above !== undefined && labelOf(above) === labelOf(row);
  return [
    isRepeated ? "" : labelOf(row),
    row.figure,
    ...row.rounds.map((rounds) => quantityText(median(rounds), row.unit)),
    ...ratios(row).map((ratio) => ratioText(ratio)),
  ];
}

/** Two digits behind the point, three where two would hide a small ratio. */
function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 0.1 ? 3 : 2)} x` : "-";
}

function labelOf({ scenario, variant }: { scenario: string; variant: string }): string {
  return `${scenario} ${variant}`.trim();
}

/** A line for each bucket that is not empty: its upper end, and each server's share as a bar. */
function histogramText(row: HistogramRow, names: readonly string[]): string {
  const totals = row.counts.map((counts) => counts.reduce((sum, count) => sum + count, 0));
  const isUsed = (index: number) => row.counts.some((counts) => (counts[index] ?? 0) > 0);
  const indexes = Array.from({ length: HISTOGRAM_LIMITS_MS.length + 1 }, (_, index) => index);
  const used = indexes.slice(indexes.findIndex(isUsed), indexes.findLastIndex(isUsed) + 1);
  const lines = used.map((index) => [
    limitText(index),
    ...row.counts.map((counts, column) => barText(counts[index] ?? 0, totals[column] ?? 0)),
  ]);
  return aligned([[labelOf(row), ...names], ...lines], Infinity);
}

function limitText(index: number): string {
  const limitMs = HISTOGRAM_LIMITS_MS[index];
  return limitMs === undefined ? `> ${HISTOGRAM_LIMITS_MS.at(-1)} ms` : `<= ${limitMs} ms`;
}

/** `################      81.3 %`: the percentage tells what a bar cannot show. */
function barText(count: number, total: number): string {
  if (count === 0) return "";
  const share = count / total;
  const bar = "#".repeat(Math.max(Math.round(share * BAR_CHARACTERS), 1));
  return `${bar.padEnd(BAR_CHARACTERS)} ${threeDigits(share * 100)} %`;
}

function ratios({ rounds: [own, ...peers] }: Row): number[] {
  return peers.map((rounds) => median(own ?? []) / median(rounds));
}

/** A quantity with three digits that mean something: `1.35 M/s`, `0.912 µs`; `-` for none. */
export function quantityText(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return "-";
  if (unit !== "/s") return `${threeDigits(value)} ${unit}`;
  if (value >= 999_500) return `${threeDigits(value / 1e6)} M/s`;
  return value >= 999.5 ? `${threeDigits(value / 1000)} k/s` : `${threeDigits(value)} /s`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(value >= 0.9995 ? 2 : 3);
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Rows of cells as lines: the first `leftColumns` to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[], leftColumns: number): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < leftColumns ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd();
  return rows.map((row) => line(row) + "\n").join("");
}
