/**
 * The browser of messages: what a channel holds in each state, the live tail, and publishing.
 * It looks without disturbing: it reads when asked, not all the time.
 */
import { read } from "../api.ts";
import type { MessagesReply, MessageState, TopicReply } from "../api_shapes.ts";
import { countText, timeText } from "../figure_text.ts";
import { LiveTail } from "../live_tail.tsx";
import { MessageList } from "../message_list.tsx";
import { Loading, PageHead } from "../page_parts.tsx";
import { goTo, setQuery, usePlace } from "../place.tsx";
import { usePolled } from "../polling.ts";
import { PublishForm } from "../publish_form.tsx";
import { useMay } from "../session.ts";
import { ReplyTrouble } from "../warning_list.tsx";

type View = MessageState | "tail" | "publish";

const views: readonly { readonly view: View; readonly text: string; readonly ofTopic: boolean }[] =
  [
    { view: "ready", text: "Ready", ofTopic: true },
    { view: "in_flight", text: "In flight", ofTopic: false },
    { view: "deferred", text: "Deferred", ofTopic: true },
    { view: "requeued", text: "Requeued", ofTopic: false },
    { view: "tail", text: "Live tail", ofTopic: true },
    { view: "publish", text: "Publish", ofTopic: true },
  ];

const messagesMax = 50;

function ViewChoice(props: { readonly view: View; readonly ofTopic: boolean }) {
  return (
    <div class="choices" role="group" aria-label="Show">
      {views.filter(({ ofTopic }) => ofTopic || !props.ofTopic).map(({ view, text }) => (
        <button
          key={view}
          type="button"
          aria-pressed={view === props.view}
          onClick={() => setQuery({ view: view === "ready" ? "" : view })}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** The channels of the topic, to look into another one. */
function ChannelChoice(props: { readonly topic: string; readonly channel: string }) {
  const { topic, channel } = props;
  const { reply } = usePolled<TopicReply>({
    key: topic,
    family: topic,
    everyMs: 15_000,
    ask: (signal) => read("overview/topic", { topic }, signal),
  });
  const names = new Set(reply?.channels.map((row) => row.channel_name));
  if (channel !== "") names.add(channel);
  return (
    <label class="choice">
      <span>Channel</span>
      <select
        name="channel"
        value={channel}
        onChange={(event) => goTo({ page: "messages", topic, channel: event.currentTarget.value })}
      >
        <option value="">none: the topic itself</option>
        {[...names].sort().map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}

const emptyTexts: Readonly<Record<MessageState, string>> = {
  ready: "No message is waiting.",
  in_flight: "No message is in flight.",
  deferred: "No message is deferred.",
  requeued: "No message has been requeued.",
};

function Peek(
  props: { readonly topic: string; readonly channel: string; readonly state: MessageState },
) {
  const { topic, channel, state } = props;
  const key = JSON.stringify(props);
  const parameters = { topic, channel, state, limit: messagesMax, format: "hex" };
  const { reply, error, reload } = usePolled<MessagesReply>({
    key,
    family: key,
    isOnce: true,
    ask: (signal) => read("messages", parameters, signal),
  });
  const silent = reply?.nodes.filter((node) => !node.supported) ?? [];
  return (
    <>
      <div class="tools">
        <button type="button" onClick={reload}>Read again</button>
        {reply && (
          <span class="hint" role="status">
            {countText(reply.messages.length)} of {countText(reply.total)}
            {reply.taken_ms !== undefined && `, at ${timeText(reply.taken_ms)}`}
          </span>
        )}
      </div>
      <ReplyTrouble reply={reply} error={error} />
      {silent.length > 0 && (
        <p class="box warning">
          These nodes cannot show messages: {silent.map(({ node }) => node).join(", ")}
        </p>
      )}
      {!reply && !error && <Loading />}
      {reply && reply.messages.length === 0 && <p class="empty">{emptyTexts[state]}</p>}
      {reply && (
        <MessageList
          messages={reply.messages}
          place={{ topic, channel }}
          onGone={reload}
        />
      )}
    </>
  );
}

/** The page. */
export function MessagesPage(props: { readonly topic: string; readonly channel: string }) {
  const { topic, channel } = props;
  const wanted = usePlace().query.get("view") ?? "ready";
  const found = views.find(({ view, ofTopic }) => view === wanted && (ofTopic || channel !== ""));
  const view = found?.view ?? "ready";
  const mayLook = useMay("operate");
  const way = [
    { text: "Topics", to: { page: "topics" } as const },
    { text: topic, to: { page: "topic", topic } as const },
    ...(channel === ""
      ? []
      : [{ text: channel, to: { page: "channel", topic, channel } as const }]),
  ];
  return (
    <>
      <PageHead way={way} title="Messages" />
      <div class="tools">
        <ViewChoice view={view} ofTopic={channel === ""} />
        <ChannelChoice topic={topic} channel={channel} />
      </div>
      {!mayLook && <p class="box warning">You may look at figures, but not at messages.</p>}
      {mayLook && view === "tail" && <LiveTail topic={topic} />}
      {mayLook && view === "publish" && <PublishForm topic={topic} />}
      {mayLook && view !== "tail" && view !== "publish" && (
        <Peek topic={topic} channel={channel} state={view} />
      )}
    </>
  );
}
