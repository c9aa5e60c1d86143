// A table as lines of text that fit a width: numbers to the right, names to the left and shortened where there is no
// room, less important columns left out. Pure; knows no rows but through their columns.

import type { Column } from "./columns.ts";
import type { Row } from "./sample.ts";

/** A table laid out. */
export interface TableText {
  /** The headings; the chosen one is marked. */
  readonly head: string;
  readonly lines: readonly string[];
}

const GAP = "  ";
const NAME_CHARACTERS_MIN = 8;
/** Marks the column rows are sorted by. */
const MARK = "*";

/** Lays rows out. `width` Infinity is as wide as need be; no line has more characters than that. */
export function tableText(
  columns: readonly Column[],
  rows: readonly Row[],
  width: number,
  sortedBy: Column | undefined,
): TableText {
  const cells = columns.map((column) => ({
    column,
    heading: column === sortedBy ? column.heading + MARK : column.heading,
    texts: rows.map(column.text),
  }));
  const laidOut = fitting(cells.map((each) => ({ ...each, width: widthOf(each) })), width);
  const line = (textOf: (cell: typeof laidOut[number]) => string) =>
    laidOut.map((cell) => padded(textOf(cell), cell)).join(GAP)
      .slice(0, width).trimEnd();
  return {
    head: line(({ heading }) => heading),
    lines: rows.map((_, index) => line(({ texts }) => texts[index]!)),
  };
}

interface Cells {
  readonly column: Column;
  readonly heading: string;
  readonly texts: readonly string[];
}

type Sized = Cells & { readonly width: number };

function widthOf({ heading, texts }: Cells): number {
  return texts.reduce((longest, { length }) => Math.max(longest, length), heading.length);
}

/** Leaves columns out from the right, the least important first, then shortens names. */
function fitting(all: readonly Sized[], width: number): readonly Sized[] {
  let cells = all;
  for (let over = overhang(cells, width); over > 0; over = overhang(cells, width)) {
    const spare = cells.reduce((sum, each) => sum + spareOf(each), 0);
    // Short names do while something that matters more would go.
    if (spare >= over) return shortened(cells, over, spare);
    const rank = Math.max(...cells.map(({ column }) => column.rank));
    if (rank === 0) return shortened(cells, spare, spare);
    const last = cells.findLastIndex(({ column }) => column.rank === rank);
    cells = cells.filter((_, index) => index !== last);
  }
  return cells;
}

function overhang(cells: readonly Sized[], width: number): number {
  return cells.reduce((sum, each) => sum + each.width, GAP.length * (cells.length - 1)) - width;
}

function spareOf({ column, width }: Sized): number {
  return column.isText ? Math.max(0, width - NAME_CHARACTERS_MIN) : 0;
}

/** Each name column gives up its part of what is missing. */
function shortened(cells: readonly Sized[], missing: number, spare: number): readonly Sized[] {
  if (spare === 0) return cells;
  let left = missing;
  return cells.map((cell) => {
    const taken = Math.min(left, Math.ceil(missing * spareOf(cell) / spare));
    left -= taken;
    return { ...cell, width: cell.width - taken };
  });
}

function padded(text: string, { width, column }: Sized): string {
  if (!column.isText) return text.padStart(width);
  return text.length > width ? text.slice(0, Math.max(0, width - 1)) + "~" : text.padEnd(width);
}
