/**
 * Tables: heads that sort, rows that the keyboard walks (`data-row`), columns that step back on a phone.
 * It refuses to know what a row is. Invariant: at most `rowsMax` rows stand in the document at once.
 */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { countText, type Figure, shortCountText } from "./figure_text.ts";
import { inOrder, nextOrder, type Order, type SortValue } from "./row_order.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** What the pointer brings up over the head. */
  readonly hint?: string;
  /** Text stands left and is sorted from the first letter; figures stand right. */
  readonly isText?: boolean;
  /** Left out where the screen is narrow. */
  readonly isWide?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
  /** What the browser sorts by; a column without it cannot be sorted here. */
  readonly value?: (row: Row) => SortValue;
}

/** What is peculiar about a column of figures. */
export interface FigureColumn {
  readonly hint?: string;
  readonly isWide?: boolean;
  /** How the figure reads; counts are the usual case. */
  readonly text?: (figure: Figure) => string;
}

/** A column of one figure of each row. */
export function figures<Row>(
  key: string,
  title: string,
  value: (row: Row) => Figure,
  more: FigureColumn = {},
): Column<Row> {
  const { text = shortCountText, ...rest } = more;
  return { key, title, value, cell: (row) => text(value(row)), ...rest };
}

/** What a table shows. */
export interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly rowClass?: (row: Row) => string | undefined;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  /** The line of sums. */
  readonly foot?: readonly ComponentChildren[];
  readonly whenEmpty: ComponentChildren;
}

const rowsMax = 200;

function columnClass<Row>(column: Column<Row>): string {
  return `${column.isText ? "text" : "figure"}${column.isWide ? " wide" : ""}`;
}

function Head<Row>(props: { readonly column: Column<Row>; readonly table: TableProps<Row> }) {
  const { column, table } = props;
  const isSorted = table.order.by === column.key;
  const sorted = isSorted ? (table.order.way === "asc" ? "ascending" : "descending") : undefined;
  const sort = () => table.onOrder(nextOrder(table.order, column.key, column.isText === true));
  return (
    <th scope="col" class={columnClass(column)} aria-sort={sorted} title={column.hint}>
      {column.value === undefined
        ? column.title
        : (
          <button type="button" class="head" onClick={sort}>
            {column.title}
            <span class="arrow" aria-hidden="true">
              {isSorted ? (table.order.way === "asc" ? "▴" : "▾") : ""}
            </span>
          </button>
        )}
    </th>
  );
}

/** A table in the order it is given: whoever sorts elsewhere uses this one. */
export function Table<Row>(props: TableProps<Row>) {
  const { columns, rows } = props;
  if (rows.length === 0) return <p class="empty">{props.whenEmpty}</p>;
  return (
    <div class="table-box">
      <table>
        <caption class="unseen">{props.caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => <Head key={column.key} column={column} table={props} />)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={props.rowKey(row)} data-row class={props.rowClass?.(row)} tabIndex={-1}>
              {columns.map((column, index) => {
                const Cell = index === 0 ? "th" : "td";
                return (
                  <Cell
                    key={column.key}
                    {...(index === 0 ? { scope: "row" as const } : {})}
                    class={columnClass(column)}
                  >
                    {column.cell(row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
        {props.foot && (
          <tfoot>
            <tr>
              {columns.map((column, index) => (
                <td key={column.key} class={columnClass(column)}>{props.foot?.[index]}</td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

/** A table that sorts in the browser and shows the first rows until it is asked for more. */
export function SortedTable<Row>(
  props: Omit<TableProps<Row>, "order" | "onOrder"> & { readonly firstOrder: Order },
) {
  const [order, setOrder] = useState(props.firstOrder);
  const [shown, setShown] = useState(rowsMax);
  const { columns, rows } = props;
  const ordered = useMemo(() => {
    const value = columns.find((column) => column.key === order.by)?.value;
    return value === undefined ? [...rows] : inOrder(rows, value, order.way);
  }, [rows, order]);
  return (
    <>
      <Table {...props} rows={ordered.slice(0, shown)} order={order} onOrder={setOrder} />
      {ordered.length > shown && (
        <button type="button" onClick={() => setShown(shown + rowsMax)}>
          Show more ({countText(ordered.length - shown)} left)
        </button>
      )}
    </>
  );
}
