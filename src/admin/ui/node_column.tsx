/**
 * The first column of tables of nodes: the address as a link, the host's name, marks.
 */
import type { ComponentChildren } from "preact";
import { Link } from "./place.tsx";
import type { Column } from "./table.tsx";

/** What every row of a table of nodes has. */
export interface NodeNames {
  readonly node: string;
  readonly hostname: string;
}

/** The column; `marks` says what else is to be known of a node. */
export function nodeColumn<Row extends NodeNames>(
  marks: (row: Row) => ComponentChildren,
): Column<Row> {
  return {
    key: "node",
    title: "Node",
    isText: true,
    value: (row) => row.node,
    cell: (row) => (
      <>
        <Link to={{ page: "node", node: row.node }} class="name">{row.node}</Link>
        <span class="aside">{row.hostname}</span>
        {marks(row)}
      </>
    ),
  };
}
