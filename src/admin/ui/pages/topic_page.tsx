/**
 * One topic: its figures, its hour, its channels and the nodes that have it.
 * It refuses to load clients; those are on the pages of its channels.
 */
import { read } from "../api.ts";
import type { ChannelRow, HistoryReply, TopicNodeRow, TopicReply } from "../api_shapes.ts";
import { countText, durationText, plural, rateText, shortCountText } from "../figure_text.ts";
import { latestOf } from "../history.ts";
import { HistoryCharts, useHistory } from "../history_charts.tsx";
import { Growth, Loading, Marks, PageHead, Section, Tiles } from "../page_parts.tsx";
import { nodeColumn } from "../node_column.tsx";
import { Link } from "../place.tsx";
import { usePolled } from "../polling.ts";
import { useMay } from "../session.ts";
import { type Column, figures, SortedTable } from "../table.tsx";
import { TargetButtons, TombstoneButton } from "../target_buttons.tsx";
import { ReplyTrouble, WarningList } from "../warning_list.tsx";

function channelColumns(reply: TopicReply): Column<ChannelRow>[] {
  const kindsOf = (row: ChannelRow) =>
    reply.warnings.filter((warning) => warning.channel === row.channel_name).map(({ kind }) =>
      kind
    );
  return [
    {
      key: "channel",
      title: "Channel",
      isText: true,
      value: (row) => row.channel_name,
      cell: (row) => (
        <>
          <Link
            to={{ page: "channel", topic: reply.topic_name, channel: row.channel_name }}
            class="name"
          >
            {row.channel_name}
          </Link>
          <Marks isPaused={row.paused} kinds={kindsOf(row)} />
        </>
      ),
    },
    figures("depth", "Depth", (row) => row.depth),
    {
      key: "growth",
      title: "Growth /s",
      value: (row) => row.depth_rate,
      cell: (row) => <Growth rate={row.depth_rate} />,
    },
    figures("finished", "Finished /s", (row) => row.finish_rate, { isWide: true, text: rateText }),
    figures("in_flight", "In flight", (row) => row.in_flight_count, { isWide: true }),
    figures("deferred", "Deferred", (row) => row.deferred_count, { isWide: true }),
    figures("requeued", "Requeued", (row) => row.requeue_count, { isWide: true }),
    figures("timed_out", "Timed out", (row) => row.timeout_count, { isWide: true }),
    figures("messages", "Messages", (row) => row.message_count, { isWide: true }),
    figures("clients", "Clients", (row) => row.client_count, { text: countText }),
  ];
}

function nodeColumns(
  topic: string,
  mayTombstone: boolean,
  reload: () => void,
): Column<TopicNodeRow>[] {
  const columns: Column<TopicNodeRow>[] = [
    nodeColumn((row) => <Marks isPaused={row.paused} />),
    figures("depth", "Depth", (row) => row.depth, {
      hint: "Messages of the topic that no channel has been given yet",
    }),
    {
      key: "memory",
      title: "Memory + disk",
      isWide: true,
      value: (row) => row.backend_depth,
      cell: (row) => `${shortCountText(row.memory_depth)} + ${shortCountText(row.backend_depth)}`,
    },
    figures("in", "In /s", (row) => row.message_rate, { text: rateText }),
    figures("messages", "Messages", (row) => row.message_count),
    figures("channels", "Channels", (row) => row.channel_count, { isWide: true, text: countText }),
  ];
  if (!mayTombstone) return columns;
  return [...columns, {
    key: "tombstone",
    title: "",
    cell: (row) => <TombstoneButton node={row.node} topic={topic} name={row.node} then={reload} />,
  }];
}

function sum(rows: readonly ChannelRow[], figure: (row: ChannelRow) => number): number {
  return rows.reduce((total, row) => total + figure(row), 0);
}

/** The age of the oldest message anywhere in the topic; unknown where no nsqd says. */
function oldestAge(reply: TopicReply): number | undefined {
  const ages = [reply, ...reply.channels].map((row) => row.oldest_age_ms)
    .filter((age) => age !== null && age !== undefined);
  return ages.length === 0 ? undefined : Math.max(...ages);
}

function TopicTiles(
  props: { readonly reply: TopicReply; readonly history: HistoryReply | undefined },
) {
  const { reply, history } = props;
  const { channels } = reply;
  return (
    <Tiles
      tiles={[
        {
          name: "Waiting",
          text: shortCountText(reply.total_depth),
          detail: reply.depth > 0
            ? `${shortCountText(reply.depth)} in the topic itself`
            : undefined,
        },
        { name: "In flight", text: shortCountText(sum(channels, (row) => row.in_flight_count)) },
        { name: "Deferred", text: shortCountText(sum(channels, (row) => row.deferred_count)) },
        { name: "In per second", text: rateText(reply.message_rate) },
        { name: "Oldest", text: durationText(oldestAge(reply)) },
        { name: "p99 to finish", text: durationText(latestOf(history, "latency_p99_ms")) },
        {
          name: "Messages",
          text: shortCountText(reply.message_count),
          detail: plural(reply.nodes.length, "node"),
        },
      ]}
    />
  );
}

function TopicBody(props: { readonly reply: TopicReply; readonly reload: () => void }) {
  const { reply, reload } = props;
  const topic = reply.topic_name;
  const mayTombstone = useMay("admin");
  const subject = { topic };
  const history = useHistory(subject);
  return (
    <>
      <WarningList warnings={reply.warnings} />
      <TopicTiles reply={reply} history={history.reply} />
      <Section title="Channels">
        <SortedTable
          caption={`Channels of ${topic}`}
          columns={channelColumns(reply)}
          rows={reply.channels}
          rowKey={(row) => row.channel_name}
          firstOrder={{ by: "depth", way: "desc" }}
          whenEmpty="No channel yet: messages wait in the topic for the first one."
        />
      </Section>
      <HistoryCharts subject={subject} history={history} />
      <Section title="Nodes">
        <SortedTable
          caption={`Nodes that have ${topic}`}
          columns={nodeColumns(topic, mayTombstone, reload)}
          rows={reply.nodes}
          rowKey={(row) => row.node}
          firstOrder={{ by: "node", way: "asc" }}
          whenEmpty="No nsqd has this topic now. nsqlookupd still remembers it."
        />
      </Section>
    </>
  );
}

/** The page. */
export function TopicPage({ topic }: { readonly topic: string }) {
  const { reply, error, reload } = usePolled<TopicReply>({
    key: topic,
    family: topic,
    ask: (signal) => read("overview/topic", { topic }, signal),
  });
  return (
    <>
      <PageHead
        way={[{ text: "Topics", to: { page: "topics" } }]}
        title={topic}
        marks={<Marks isPaused={reply?.paused ?? false} />}
      >
        {reply && (
          <TargetButtons
            target={{ topic }}
            isPaused={reply.paused}
            depth={reply.depth}
            above={{ page: "topics" }}
            reload={reload}
          />
        )}
      </PageHead>
      <ReplyTrouble reply={reply} error={error} />
      {reply ? <TopicBody reply={reply} reload={reload} /> : !error && <Loading />}
    </>
  );
}
