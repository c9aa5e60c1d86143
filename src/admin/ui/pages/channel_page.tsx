/**
 * One channel: its figures, its hour, its consumers and its nodes. The only page that loads clients.
 */
import { read, targetPath } from "../api.ts";
import type {
  ChannelNodeRow,
  ChannelReply,
  ChannelRow,
  ClientRow,
  TopicReply,
} from "../api_shapes.ts";
import { countText, durationText, plural, rateText, shortCountText } from "../figure_text.ts";
import { HistoryCharts, useHistory } from "../history_charts.tsx";
import {
  Badge,
  Growth,
  Loading,
  Marks,
  PageHead,
  Section,
  type Tile,
  Tiles,
} from "../page_parts.tsx";
import { nodeColumn } from "../node_column.tsx";
import { Link } from "../place.tsx";
import { usePolled } from "../polling.ts";
import { type Column, figures, SortedTable } from "../table.tsx";
import { TargetButtons } from "../target_buttons.tsx";
import { ReplyTrouble, WarningList } from "../warning_list.tsx";

/** What a client negotiated, as badges. */
function ClientMarks({ client }: { readonly client: ClientRow }) {
  const zone = [client.topology_region, client.topology_zone].filter(Boolean).join(" / ");
  return (
    <>
      {client.tls && (
        <span title={`${client.tls_version} ${client.tls_cipher_suite}`}>
          <Badge>TLS</Badge>
        </span>
      )}
      {client.deflate && <Badge>deflate</Badge>}
      {client.snappy && <Badge>snappy</Badge>}
      {client.sample_rate > 0 && <Badge>{client.sample_rate}% sampled</Badge>}
      {client.authed && <Badge>{client.auth_identity || "authorised"}</Badge>}
      {zone !== "" && <Badge>{zone}</Badge>}
    </>
  );
}

function clientColumns(hasDepth: boolean): Column<ClientRow>[] {
  return [
    {
      key: "client",
      title: "Client",
      isText: true,
      value: (row) => row.client_id,
      cell: (row) => (
        <>
          <span class="name">{row.client_id || row.hostname}</span>
          <span class="aside">{row.remote_address}</span>
          <ClientMarks client={row} />
          {hasDepth && row.ready_count === 0 && <Badge tone="warning">RDY 0</Badge>}
        </>
      ),
    },
    {
      key: "agent",
      title: "User agent",
      isText: true,
      isWide: true,
      value: (row) => row.user_agent,
      cell: (row) => row.user_agent,
    },
    {
      key: "node",
      title: "Node",
      isText: true,
      isWide: true,
      value: (row) => row.node,
      cell: (row) => <Link to={{ page: "node", node: row.node }}>{row.node}</Link>,
    },
    figures("ready", "Ready", (row) => row.ready_count, {
      hint: "The ready count: how many messages it takes at once",
      text: countText,
    }),
    figures("in_flight", "In flight", (row) => row.in_flight_count, { text: countText }),
    figures("finished", "Finished", (row) => row.finish_count),
    figures("requeued", "Requeued", (row) => row.requeue_count, { isWide: true }),
    {
      key: "connected",
      title: "Connected",
      isWide: true,
      value: (row) => row.connected,
      cell: (row) => durationText(row.connected / 1e6),
    },
  ];
}

const nodeColumns: readonly Column<ChannelNodeRow>[] = [
  nodeColumn((row) => <Marks isPaused={row.paused} />),
  figures("depth", "Depth", (row) => row.depth),
  {
    key: "memory",
    title: "Memory + disk",
    isWide: true,
    value: (row) => row.backend_depth,
    cell: (row) => `${shortCountText(row.memory_depth)} + ${shortCountText(row.backend_depth)}`,
  },
  {
    key: "growth",
    title: "Growth /s",
    value: (row) => row.depth_rate,
    cell: (row) => <Growth rate={row.depth_rate} />,
  },
  figures("in_flight", "In flight", (row) => row.in_flight_count),
  figures("deferred", "Deferred", (row) => row.deferred_count, { isWide: true }),
  figures("timed_out", "Timed out", (row) => row.timeout_count, { isWide: true }),
  figures("clients", "Clients", (row) => row.client_count, { text: countText }),
];

/** Upstream's percentiles where the nsqds keep them. */
function percentileTiles(channel: ChannelRow): Tile[] {
  const percentiles = channel.e2e_processing_latency?.percentiles ?? [];
  return percentiles.map((row) => ({
    name: `End to end p${Number((row.quantile * 100).toFixed(3))}`,
    text: durationText(row.average / 1e6),
    detail: `max ${durationText(row.max / 1e6)}`,
  }));
}

function ChannelTiles({ channel }: { readonly channel: ChannelRow }) {
  const disk = channel.backend_depth > 0
    ? `${shortCountText(channel.backend_depth)} on disk`
    : undefined;
  const requeued = channel.requeued_count === undefined || channel.requeued_count === 0
    ? disk
    : `${shortCountText(channel.requeued_count)} requeued`;
  return (
    <Tiles
      tiles={[
        { name: "Depth", text: shortCountText(channel.depth), detail: requeued },
        { name: "In flight", text: shortCountText(channel.in_flight_count) },
        { name: "Deferred", text: shortCountText(channel.deferred_count) },
        { name: "In per second", text: rateText(channel.message_rate) },
        { name: "Finished per second", text: rateText(channel.finish_rate) },
        { name: "Oldest", text: durationText(channel.oldest_age_ms) },
        {
          name: "p99 to finish",
          text: durationText(channel.latency_p99_ms),
          detail: channel.latency_p50_ms == null
            ? undefined
            : `median ${durationText(channel.latency_p50_ms)}`,
        },
        {
          name: "Timed out",
          text: shortCountText(channel.timeout_count),
          detail: `${shortCountText(channel.requeue_count)} requeued`,
        },
        ...percentileTiles(channel),
      ]}
    />
  );
}

function Clients(
  props: { readonly topic: string; readonly channel: string; readonly hasDepth: boolean },
) {
  const { topic, channel } = props;
  const { reply, error } = usePolled<ChannelReply>({
    key: `${topic}/${channel}`,
    family: `${topic}/${channel}`,
    ask: (signal) => read(targetPath(topic, channel), {}, signal),
    everyMs: (page) => 3_000 + 10 * (page.clients?.length ?? 0),
  });
  const clients = reply?.clients ?? [];
  return (
    <Section
      title="Clients"
      aside={<span class="hint">{reply && plural(clients.length, "client")}</span>}
    >
      <ReplyTrouble reply={undefined} error={error} />
      {reply && (
        <SortedTable
          caption={`Clients of ${channel}`}
          columns={clientColumns(props.hasDepth)}
          rows={clients}
          rowKey={(row) => `${row.node} ${row.remote_address}`}
          firstOrder={{ by: "client", way: "asc" }}
          whenEmpty="No client is connected."
        />
      )}
    </Section>
  );
}

function ChannelBody(props: { readonly reply: TopicReply; readonly channel: ChannelRow }) {
  const { reply, channel } = props;
  const subject = { topic: reply.topic_name, channel: channel.channel_name };
  const history = useHistory(subject);
  const warnings = reply.warnings.filter((warning) => warning.channel === channel.channel_name);
  return (
    <>
      <WarningList warnings={warnings} />
      <ChannelTiles channel={channel} />
      <Clients {...subject} hasDepth={channel.depth > 0} />
      <HistoryCharts subject={subject} history={history} />
      <Section title="Nodes">
        <SortedTable
          caption={`Nodes that have ${channel.channel_name}`}
          columns={nodeColumns}
          rows={channel.nodes}
          rowKey={(row) => row.node}
          firstOrder={{ by: "node", way: "asc" }}
          whenEmpty="No nsqd has this channel now."
        />
      </Section>
    </>
  );
}

/** The page. */
export function ChannelPage(props: { readonly topic: string; readonly channel: string }) {
  const { topic } = props;
  const { reply, error, reload } = usePolled<TopicReply>({
    key: topic,
    family: topic,
    ask: (signal) => read("overview/topic", { topic }, signal),
  });
  const channel = reply?.channels.find((row) => row.channel_name === props.channel);
  return (
    <>
      <PageHead
        way={[{ text: "Topics", to: { page: "topics" } }, {
          text: topic,
          to: { page: "topic", topic },
        }]}
        title={props.channel}
        marks={<Marks isPaused={channel?.paused ?? false} />}
      >
        {channel && (
          <TargetButtons
            target={{ topic, channel: props.channel }}
            isPaused={channel.paused}
            depth={channel.depth}
            above={{ page: "topic", topic }}
            reload={reload}
          />
        )}
      </PageHead>
      <ReplyTrouble reply={reply} error={error} />
      {reply && channel && <ChannelBody reply={reply} channel={channel} />}
      {reply && !channel && (
        <p class="box error">
          The topic has no channel “{props.channel}”. It may have been deleted.
        </p>
      )}
      {!reply && !error && <Loading />}
    </>
  );
}
