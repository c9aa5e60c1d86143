/**
 * All topics: searched, filtered, sorted and cut into pages by the server, so ten thousand cost the
 * browser no more than a hundred. Invariant: what is searched for stands in the address.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { read } from "../api.ts";
import type { ClusterTotals, TopicRow, TopicsReply } from "../api_shapes.ts";
import { countText, plural, rateText, shortCountText } from "../figure_text.ts";
import { Loading, Marks, PageHead, Tiles } from "../page_parts.tsx";
import { Link, setQuery, usePlace } from "../place.tsx";
import { listPlace, Pager, pageRows, setOrder } from "../pager.tsx";
import { usePolled } from "../polling.ts";
import type { Order } from "../row_order.ts";
import { useMay } from "../session.ts";
import { sparkPath, Trends } from "../spark.ts";
import { type Column, Table } from "../table.tsx";
import { flowColumns, nameColumn, sizeColumns } from "../topic_columns.tsx";
import { ReplyTrouble } from "../warning_list.tsx";
import { ClusterWarnings } from "../cluster_warnings.tsx";

const filters = [
  { only: "", text: "All" },
  { only: "warnings", text: "Warnings" },
  { only: "depth", text: "Waiting" },
  { only: "paused", text: "Paused" },
] as const;

interface Search {
  readonly search: string;
  readonly only: string;
  readonly order: Order;
  readonly offset: number;
}

function searchOf(query: URLSearchParams): Search {
  return {
    search: query.get("q") ?? "",
    only: query.get("only") ?? "",
    ...listPlace(query),
  };
}

function columns(trends: Trends): Column<TopicRow>[] {
  const trend: Column<TopicRow> = {
    key: "trend",
    title: "Trend",
    hint: "Waiting messages since you opened this page",
    isWide: true,
    cell: (row) => (
      <svg class="spark" viewBox="0 0 80 18" aria-hidden="true">
        <path d={sparkPath(trends.of(row.topic_name), 80, 18)} />
      </svg>
    ),
  };
  const nodes: Column<TopicRow> = {
    key: "node_count",
    title: "Nodes",
    isWide: true,
    cell: (row) =>
      row.node_count === 0 ? <Marks kinds={["inactive"]} /> : countText(row.node_count),
  };
  return [nameColumn(), trend, ...flowColumns, ...sizeColumns, nodes];
}

function totalsTiles(totals: ClusterTotals) {
  return [
    {
      name: "Topics",
      text: countText(totals.topic_count),
      detail: plural(totals.channel_count, "channel"),
    },
    { name: "Waiting", text: shortCountText(totals.depth) },
    { name: "In flight", text: shortCountText(totals.in_flight_count) },
    { name: "Deferred", text: shortCountText(totals.deferred_count) },
    { name: "In per second", text: rateText(totals.message_rate) },
    {
      name: "Clients",
      text: countText(totals.client_count),
      detail: plural(totals.node_count, "node"),
    },
  ];
}

/** The search field: what is typed goes into the address when the fingers rest. */
function SearchField({ search }: { readonly search: string }) {
  const [typed, setTyped] = useState(search);
  const timer = useRef(0);
  useEffect(() => setTyped(search), [search]);
  const type = (text: string) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: text, from: "" }), 120);
  };
  return (
    <input
      type="search"
      aria-label="Search topics"
      placeholder="Search topics  ( / )"
      autocomplete="off"
      spellcheck={false}
      value={typed}
      onInput={(event) => type(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        document.querySelector<HTMLElement>("[data-row] a")?.focus();
      }}
    />
  );
}

function Filters({ only }: { readonly only: string }) {
  return (
    <div class="choices" role="group" aria-label="Show">
      {filters.map((filter) => (
        <button
          key={filter.only}
          type="button"
          aria-pressed={filter.only === only}
          onClick={() => setQuery({ only: filter.only, from: "" })}
        >
          {filter.text}
        </button>
      ))}
    </div>
  );
}

function TopicTable(props: { readonly reply: TopicsReply; readonly search: Search }) {
  const { reply, search } = props;
  const trends = useRef(new Trends()).current;
  trends.add(reply.taken_ms ?? 0, reply.topics.map((row) => [row.topic_name, row.total_depth]));
  const isFiltered = search.search !== "" || search.only !== "";
  return (
    <Table
      caption="Topics"
      columns={columns(trends)}
      rows={reply.topics}
      rowKey={(row) => row.topic_name}
      rowClass={(row) => row.node_count === 0 ? "inactive" : undefined}
      order={search.order}
      onOrder={setOrder}
      whenEmpty={isFiltered
        ? "No topic matches."
        : "No topics yet. The first message published to one creates it."}
    />
  );
}

/** The page. */
export function TopicsPage() {
  const search = searchOf(usePlace().query);
  const mayCreate = useMay("operate");
  const parameters = {
    search: search.search,
    only: search.only,
    sort: search.order.by,
    order: search.order.way,
    offset: search.offset,
    limit: pageRows,
  };
  const { reply, error } = usePolled<TopicsReply>({
    key: JSON.stringify(parameters),
    family: "topics",
    ask: (signal) => read("overview/topics", parameters, signal),
  });
  return (
    <>
      <PageHead title="Topics">
        {mayCreate && <Link to={{ page: "create" }} class="button">Create topic</Link>}
      </PageHead>
      <ReplyTrouble reply={reply} error={error} />
      <ClusterWarnings />
      {reply && <Tiles tiles={totalsTiles(reply.totals)} />}
      <div class="tools">
        <SearchField search={search.search} />
        <Filters only={search.only} />
        {reply && <Pager reply={reply} />}
      </div>
      {reply ? <TopicTable reply={reply} search={search} /> : !error && <Loading />}
    </>
  );
}
