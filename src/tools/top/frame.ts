// A picture of the cluster as lines for a terminal of some size: head, complaints, table, foot. Pure.
// Invariant: never more lines than the terminal has, and no line with more visible characters than it is wide.

import type { Silence } from "../cluster/cluster_nodes.ts";
import { grouped } from "../figure_text.ts";
import { type Column, columnsFor, filtered, rateText, sorted } from "./columns.ts";
import type { Row } from "./sample.ts";
import { tableText } from "./table_text.ts";
import { KEYS, type ViewState } from "./view_state.ts";

/** What is known. */
export interface Picture {
  readonly rows: readonly Row[];
  readonly totals: Row;
  readonly nsqdCount: number;
  readonly topicCount: number;
  readonly silent: readonly Silence[];
  /** `12:34:56`. */
  readonly clockText: string;
}

/** The terminal. */
export interface Size {
  readonly columns: number;
  readonly lines: number;
}

/** The frame, and what the keys need to know of it. */
export interface Frame {
  readonly lines: readonly string[];
  readonly shownRows: readonly Row[];
  readonly headings: readonly string[];
  readonly pageLines: number;
  /** The cursor, brought back to where there are rows. */
  readonly cursor: number;
}

const SILENT_LINES_MAX = 3;
const STYLES = {
  plain: "",
  bold: "\x1b[1m",
  reverse: "\x1b[7m",
  red: "\x1b[31m",
  faint: "\x1b[2m",
} as const;
const RESET = "\x1b[0m";

/** The rows of a state in their order, and the columns they are shown in. */
export function arranged(rows: readonly Row[], state: ViewState) {
  const columns = columnsFor(state.view, rows);
  const sortedBy = columns.find(({ heading }) => heading === state.sortedBy) ?? columns[0]!;
  const shown = sorted(filtered(rows, state.filter), sortedBy, state.isReversed);
  return { columns, sortedBy, shown };
}

/** Draws. `isColoured` false keeps only what is needed to see the cursor. */
export function frameOf(
  picture: Picture,
  state: ViewState,
  size: Size,
  isColoured: boolean,
): Frame {
  const { columns, sortedBy, shown } = arranged(picture.rows, state);
  const paint = (text: string, style: keyof typeof STYLES) => {
    const cut = text.slice(0, size.columns);
    const isKept = isColoured || style === "reverse" || style === "bold";
    return style === "plain" || !isKept ? cut : `${STYLES[style]}${cut}${RESET}`;
  };
  const head = [
    paint(headText(picture, state), "bold"),
    ...silenceTexts(picture.silent).map((text) => paint(text, "red")),
    "",
  ];
  const pageLines = Math.max(1, size.lines - head.length - 2);
  const cursor = Math.max(0, Math.min(state.cursor, shown.length - 1));
  // The cursor stays on the page that it is on: rows do not slide under it.
  const first = Math.floor(cursor / pageLines) * pageLines;
  const page = shown.slice(first, first + pageLines);
  const table = tableText(columns, page, size.columns, sortedBy);
  const body = state.isHelpShown
    ? helpLines().slice(0, pageLines).map((text) => paint(text, "plain"))
    : table.lines.map((text, index) =>
      first + index === cursor
        ? paint(text.padEnd(size.columns), "reverse")
        : paint(text, page[index]!.state === "" ? "plain" : "faint")
    );
  const blanks = Array<string>(Math.max(0, pageLines - body.length)).fill("");
  const foot = paint(footText(state, shown.length, first, page.length), "faint");
  const title = paint(table.head.padEnd(size.columns), "reverse");
  return {
    lines: [...head, title, ...body, ...blanks, foot].slice(0, size.lines),
    shownRows: shown,
    headings: columns.map(({ heading }) => heading),
    pageLines,
    cursor,
  };
}

/** The same without a terminal: everything, as wide as it is. */
export function plainText(picture: Picture, state: ViewState): string {
  const { columns, sortedBy, shown } = arranged(picture.rows, state);
  const { head, lines } = tableText(columns as readonly Column[], shown, Infinity, sortedBy);
  const all = [
    headText(picture, state),
    ...silenceTexts(picture.silent, Infinity),
    "",
    head,
    ...lines,
  ];
  return all.join("\n") + "\n";
}

function headText({ totals, nsqdCount, topicCount, clockText }: Picture, state: ViewState): string {
  const { inRate, outRate, depth, inFlight, deferred } = totals;
  const subject = state.subject && `  clients of ${state.subject.topic}/${state.subject.channel}`;
  return [
    `nsqd top  ${clockText}`,
    counted(nsqdCount, "nsqd") + ", " + counted(topicCount, "topic"),
    `in ${rateText(inRate)}/s  out ${rateText(outRate)}/s`,
    `depth ${grouped(depth)}  in flight ${grouped(inFlight)}  deferred ${grouped(deferred)}`,
  ].join("   ") + (subject ?? "");
}

function silenceTexts(silent: readonly Silence[], linesMax = SILENT_LINES_MAX): string[] {
  const texts = silent.map(({ address, reason }) => `${address} does not answer: ${reason}`);
  if (texts.length <= linesMax) return texts;
  return [...texts.slice(0, linesMax - 1), `and ${texts.length - linesMax + 1} more do not answer`];
}

function footText(state: ViewState, rowCount: number, first: number, pageRows: number): string {
  if (state.isFiltering) return `filter: ${state.filter}_   Enter keeps it, Esc clears it`;
  const range = rowCount === 0
    ? "nothing to show"
    : `${first + 1}-${first + pageRows} of ${rowCount}`;
  return [
    range,
    ...state.filter === "" ? [] : [`filter: ${state.filter}`],
    ...state.isFrozen ? ["FROZEN"] : [],
    "q quit  h help",
    state.view === "clients" ? "Esc back" : "c channels  t topics  n nsqds  Enter clients",
    "<> sort  r reverse  / filter",
    `every ${state.intervalMs / 1000} s`,
  ].join("   ");
}

function helpLines(): string[] {
  const width = Math.max(...Object.keys(KEYS).map(({ length }) => length));
  const rows = Object.entries(KEYS).map(([key, text]) => `  ${key.padEnd(width)}  ${text}`);
  return [...rows, "", "  Any key goes back."];
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}
