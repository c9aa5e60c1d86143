/**
 * One node: its figures, its hour, and its topics a page at a time. It refuses to load the clients of
 * all its channels, as upstream's page does: with thousands of topics those are megabytes.
 */
import { read } from "../api.ts";
import type { NodeRow, TopicRow, TopicsReply } from "../api_shapes.ts";
import {
  bytesText,
  countText,
  durationText,
  plural,
  rateText,
  shortCountText,
} from "../figure_text.ts";
import { HistoryCharts, useHistory } from "../history_charts.tsx";
import { Badge, Loading, PageHead, Section, Tiles } from "../page_parts.tsx";
import { usePlace } from "../place.tsx";
import { usePolled } from "../polling.ts";
import { useMay } from "../session.ts";
import { type Column, Table } from "../table.tsx";
import { TombstoneButton } from "../target_buttons.tsx";
import { flowColumns, nameColumn, sizeColumns } from "../topic_columns.tsx";
import { ReplyTrouble } from "../warning_list.tsx";
import { NodeMarks, upText, useNodes } from "./nodes_page.tsx";
import { listPlace, Pager, pageRows, setOrder } from "../pager.tsx";

function columns(node: NodeRow, mayTombstone: boolean, reload: () => void): Column<TopicRow>[] {
  const tombstoned = new Set(node.tombstoned_topics);
  const name = nameColumn((row) =>
    tombstoned.has(row.topic_name) && <Badge tone="warning">tombstoned</Badge>
  );
  const shared = [name, ...flowColumns, ...sizeColumns];
  if (!mayTombstone) return shared;
  return [...shared, {
    key: "tombstone",
    title: "",
    cell: ({ topic_name: topic }) => (
      <TombstoneButton node={node.node} topic={topic} name={topic} then={reload} />
    ),
  }];
}

function NodeTopics({ node }: { readonly node: NodeRow }) {
  const { query } = usePlace();
  const mayTombstone = useMay("admin");
  const { order, offset } = listPlace(query);
  const parameters = { node: node.node, sort: order.by, order: order.way, offset, limit: pageRows };
  const { reply, error, reload } = usePolled<TopicsReply>({
    key: JSON.stringify(parameters),
    family: node.node,
    ask: (signal) => read("overview/topics", parameters, signal),
  });
  return (
    <Section title="Topics" aside={reply && <Pager reply={reply} />}>
      <ReplyTrouble reply={reply} error={error} />
      {reply && (
        <Table
          caption={`Topics of ${node.node}`}
          columns={columns(node, mayTombstone, reload)}
          rows={reply.topics}
          rowKey={(row) => row.topic_name}
          order={order}
          onOrder={setOrder}
          whenEmpty="This node has no topic."
        />
      )}
    </Section>
  );
}

function NodeTiles({ node }: { readonly node: NodeRow }) {
  const gone = node.tombstoned_topics?.length ?? 0;
  return (
    <Tiles
      tiles={[
        { name: "Waiting", text: shortCountText(node.depth) },
        { name: "In flight", text: shortCountText(node.in_flight_count) },
        { name: "In per second", text: rateText(node.message_rate) },
        { name: "Messages", text: shortCountText(node.message_count) },
        { name: "Clients", text: countText(node.client_count) },
        {
          name: "Topics",
          text: countText(node.topic_count),
          detail: gone > 0 ? `${gone} tombstoned` : plural(node.channel_count, "channel"),
        },
        {
          name: "Log on disk",
          text: bytesText(node.log_bytes),
          detail: node.free_bytes == null ? undefined : `${bytesText(node.free_bytes)} free`,
          isBad: node.is_full === true,
        },
        { name: "Loop delay p99", text: durationText(node.loop_delay_p99_ms) },
        { name: "Up", text: upText(node), detail: node.version },
      ]}
    />
  );
}

function NodeBody({ node }: { readonly node: NodeRow }) {
  const subject = { node: node.node };
  const history = useHistory(subject);
  return (
    <>
      {node.error && <p class="box error" role="alert">{node.error}</p>}
      {node.health !== undefined && node.health !== "OK" && (
        <p class="box error" role="alert">{node.health}</p>
      )}
      <NodeTiles node={node} />
      <HistoryCharts subject={subject} history={history} />
      <NodeTopics node={node} />
    </>
  );
}

/** The page. */
export function NodePage(props: { readonly node: string }) {
  const { reply, error } = useNodes();
  const node = reply?.nodes.find((row) => row.node === props.node);
  return (
    <>
      <PageHead
        way={[{ text: "Nodes", to: { page: "nodes" } }]}
        title={props.node}
        marks={node && <NodeMarks node={node} lookupdCount={reply?.lookupds.length ?? 0} />}
      />
      <ReplyTrouble reply={reply} error={error} />
      {node && <NodeBody node={node} />}
      {reply && !node && <p class="box error">No node “{props.node}” is known.</p>}
      {!reply && !error && <Loading />}
    </>
  );
}
