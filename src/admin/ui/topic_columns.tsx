/**
 * Columns of lists of topics that the server sorts: their keys are its names, and that a column has a
 * `value` says only that it can be sorted by.
 */
import type { ComponentChildren } from "preact";
import type { TopicRow } from "./api_shapes.ts";
import { countText, rateText } from "./figure_text.ts";
import { Growth, Marks } from "./page_parts.tsx";
import { Link } from "./place.tsx";
import { type Column, figures } from "./table.tsx";

/** The name with its marks, and whatever else belongs beside it. */
export function nameColumn(marks?: (row: TopicRow) => ComponentChildren): Column<TopicRow> {
  return {
    key: "name",
    title: "Topic",
    isText: true,
    value: (row) => row.topic_name,
    cell: (row) => (
      <>
        <Link to={{ page: "topic", topic: row.topic_name }} class="name">{row.topic_name}</Link>
        <Marks isPaused={row.paused} kinds={row.warnings} />
        {marks?.(row)}
      </>
    ),
  };
}

/** What waits and what comes in. */
export const flowColumns: readonly Column<TopicRow>[] = [
  figures("depth", "Depth", (row) => row.total_depth, {
    hint: "Messages waiting, in the topic and in its channels",
  }),
  {
    key: "depth_rate",
    title: "Growth /s",
    value: (row) => row.depth_rate,
    cell: (row) => <Growth rate={row.depth_rate} />,
  },
  figures("message_rate", "In /s", (row) => row.message_rate, { text: rateText }),
  figures("in_flight_count", "In flight", (row) => row.in_flight_count, { isWide: true }),
  figures("deferred_count", "Deferred", (row) => row.deferred_count, { isWide: true }),
  figures("message_count", "Messages", (row) => row.message_count, { isWide: true }),
];

/** How many of what the topic has. */
export const sizeColumns: readonly Column<TopicRow>[] = [
  figures("channel_count", "Channels", (row) => row.channel_count, {
    isWide: true,
    text: countText,
  }),
  figures("client_count", "Clients", (row) => row.client_count, { isWide: true, text: countText }),
];
