/**
 * Steps through a list that the server cuts into pages. Invariant: the offset stands in the address.
 */
import type { TopicsReply } from "./api_shapes.ts";
import { countText } from "./figure_text.ts";
import { setQuery } from "./place.tsx";
import type { Order } from "./row_order.ts";

/** Rows of one page. */
export const pageRows = 100;

/** Order and offset as the address has them; the deepest first when it says nothing. */
export function listPlace(
  query: URLSearchParams,
): { readonly order: Order; readonly offset: number } {
  const way = query.get("order") === "asc" ? "asc" : "desc";
  return {
    order: { by: query.get("sort") ?? "depth", way },
    offset: Math.max(0, Number(query.get("from")) || 0),
  };
}

/** Puts another order into the address, from the first page on. */
export function setOrder(order: Order): void {
  setQuery({ sort: order.by, order: order.way, from: "" });
}

/** Where in the list we are, and the two steps. The keys `[` and `]` press the buttons. */
export function Pager({ reply }: { readonly reply: TopicsReply }) {
  const { offset, total } = reply;
  const last = Math.min(offset + reply.topics.length, total);
  const go = (from: number) => setQuery({ from: from <= 0 ? "" : String(from) });
  const first = countText(offset + 1);
  return (
    <div class="pager">
      <span role="status">
        {reply.topics.length === 0
          ? countText(total)
          : `${first}–${countText(last)} of ${countText(total)}`}
      </span>
      <button
        type="button"
        data-page="newer page"
        aria-label="Previous page"
        disabled={offset === 0}
        onClick={() => go(offset - pageRows)}
      >
        ‹
      </button>
      <button
        type="button"
        data-page="older page"
        aria-label="Next page"
        disabled={last >= total}
        onClick={() => go(offset + pageRows)}
      >
        ›
      </button>
    </div>
  );
}
