/**
 * The tail on the page: the latest messages of a topic as they are published, newest first.
 * Invariant: at most `shownMax` are kept, and a stopped tail has no channel on any node.
 */
import { useEffect, useState } from "preact/hooks";
import type { MessageRow, TailStatus } from "./api_shapes.ts";
import { countText } from "./figure_text.ts";
import { MessageList } from "./message_list.tsx";
import { Badge } from "./page_parts.tsx";
import { tail } from "./tail.ts";

const shownMax = 200;

/** Refusals of the server as sentences. */
const refusals: Readonly<Record<string, string>> = {
  TOPIC_HAS_NO_CHANNEL:
    "The topic has no channel. A tail would be its first and take what waits for a real one.",
  TOO_MANY_TAILS: "Too many tails are open. Close one of them.",
  TOPIC_NOT_FOUND: "No node has this topic.",
};

function StatusLine({ status }: { readonly status: TailStatus | undefined }) {
  if (status === undefined) return <span class="hint">connecting…</span>;
  return (
    <span class="hint">
      {status.nodes.map((node) => (
        <span key={node.node} title={node.error}>
          <Badge tone={node.connected ? "plain" : "critical"}>{node.node}</Badge>
        </span>
      ))}
      {status.skipped > 0 && `${countText(status.skipped)} not shown: too fast to read`}
    </span>
  );
}

interface TailState {
  readonly messages: readonly MessageRow[];
  readonly status?: TailStatus;
  readonly trouble?: string;
}

/** Follows a topic while it is wanted. */
function useTail(topic: string, isWanted: boolean): TailState & { readonly clear: () => void } {
  const [state, setState] = useState<TailState>({ messages: [] });
  useEffect(() => {
    if (!isWanted) return;
    const ending = new AbortController();
    setState(({ messages }) => ({ messages }));
    const listener = {
      onMessage: (message: MessageRow) =>
        setState((before) => ({
          ...before,
          messages: [message, ...before.messages].slice(0, shownMax),
        })),
      onStatus: (status: TailStatus) => setState((before) => ({ ...before, status })),
    };
    const say = (trouble: string) => setState((before) => ({ ...before, trouble }));
    tail(topic, listener, ending.signal).then(
      () => say("The server ended the tail."),
      (error: Error) => {
        if (!ending.signal.aborted) say(refusals[error.message] ?? error.message);
      },
    );
    return () => ending.abort();
  }, [topic, isWanted]);
  return {
    ...state,
    clear: () => setState(({ messages: _, ...rest }) => ({ ...rest, messages: [] })),
  };
}

/** The tail with its buttons. */
export function LiveTail({ topic }: { readonly topic: string }) {
  const [isRunning, setRunning] = useState(true);
  const { messages, status, trouble, clear } = useTail(topic, isRunning);
  return (
    <>
      <div class="tools">
        <button type="button" aria-pressed={isRunning} onClick={() => setRunning(!isRunning)}>
          {isRunning ? "Stop" : "Start"}
        </button>
        <button type="button" onClick={clear}>Clear</button>
        {isRunning && trouble === undefined && <StatusLine status={status} />}
      </div>
      {trouble && <p class="box warning" role="alert">{trouble}</p>}
      {messages.length === 0
        ? <p class="empty">Messages appear here as they are published.</p>
        : <MessageList messages={messages} />}
    </>
  );
}
