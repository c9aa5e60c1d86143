/**
 * Shows what was measured: a table for people, JSON for programs. It measures nothing.
 * Invariant: both say the same medians, and a ratio is always the first server's to another's.
 */
import type { Unit } from "./measurement.ts";
import { median, type Outcome, type Row } from "./rounds.ts";

/** The table, and below it the notes; ends with a newline. */
export function tableText(outcome: Outcome): string {
  const peers = outcome.names.slice(1);
  const ratioHeads = peers.map((_, index) => peers.length === 1 ? "ratio" : `ratio ${index + 1}`);
  const head = ["scenario", "figure", ...outcome.names, ...ratioHeads];
  const lines = outcome.rows.map((row, index) => tableLine(row, outcome.rows[index - 1]));
  const notes = outcome.notes.map((note) => `- ${note}\n`);
  return aligned([head, ...lines]) + (notes.length > 0 ? "\n" + notes.join("") : "");
}

/** The same as an object to be printed as JSON. */
export function jsonReport(outcome: Outcome) {
  return {
    servers: outcome.names,
    rows: outcome.rows.map((row) => ({
      scenario: row.scenario,
      figure: row.figure,
      unit: row.unit,
      medians: row.rounds.map((rounds) => finite(median(rounds))),
      ratios: ratios(row).map(finite),
      rounds: row.rounds,
    })),
    notes: outcome.notes,
  };
}

function tableLine(row: Row, above: Row | undefined): string[] {
  const isRepeated = above?.scenario === row.scenario;
  return [
    isRepeated ? "" : row.scenario,
    row.figure,
    ...row.rounds.map((rounds) => quantityText(median(rounds), row.unit)),
    ...ratios(row).map((ratio) => Number.isFinite(ratio) ? `${ratio.toFixed(2)} x` : "-"),
  ];
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

/** Rows of cells as lines: the first two columns to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < 2 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd();
  return rows.map((row) => line(row) + "\n").join("");
}
