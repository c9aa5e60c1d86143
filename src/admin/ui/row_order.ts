/**
 * The order of rows in a table that is sorted in the browser. Pure.
 * Invariant: equal rows keep the order they came in, and unknown figures stand last either way.
 */

/** By which column, and which way. */
export interface Order {
  readonly by: string;
  readonly way: "asc" | "desc";
}

/** What rows are compared by; undefined stands last. */
export type SortValue = string | number | boolean | null | undefined;

const collator = new Intl.Collator("en", { numeric: true });

function compare(left: SortValue, right: SortValue): number {
  if (typeof left === "string" && typeof right === "string") return collator.compare(left, right);
  return Number(left) - Number(right);
}

/** The rows in order, as a new list. */
export function inOrder<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => SortValue,
  way: Order["way"],
): Row[] {
  const sign = way === "asc" ? 1 : -1;
  return rows.map((row) => ({ row, value: valueOf(row) })).sort((left, right) => {
    const leftIsUnknown = left.value === null || left.value === undefined;
    const rightIsUnknown = right.value === null || right.value === undefined;
    if (leftIsUnknown || rightIsUnknown) return Number(leftIsUnknown) - Number(rightIsUnknown);
    return sign * compare(left.value, right.value);
  }).map(({ row }) => row);
}

/** The order after a click on a column's head: figures begin with the largest, names with the first. */
export function nextOrder(order: Order, by: string, isText: boolean): Order {
  if (order.by === by) return { by, way: order.way === "asc" ? "desc" : "asc" };
  return { by, way: isText ? "asc" : "desc" };
}
