/**
 * The lookup daemons, and topics they remember that no node has any more: to be deleted or made anew.
 */
import * as actions from "../actions.ts";
import { read } from "../api.ts";
import type { InactiveReply } from "../api_shapes.ts";
import { Loading, PageHead, Section } from "../page_parts.tsx";
import { Link } from "../place.tsx";
import { usePolled } from "../polling.ts";
import { useMay } from "../session.ts";
import { shellSettings } from "../shell_settings.ts";
import { ReplyTrouble } from "../warning_list.tsx";
import { Lookupds, useNodes } from "./nodes_page.tsx";

interface InactiveTopic {
  readonly topic: string;
  readonly channels: readonly string[];
}

function DeleteButton(
  props: { readonly topic: string; readonly channel?: string; readonly then: () => void },
) {
  const { topic, channel } = props;
  const target = channel === undefined ? { topic } : { topic, channel };
  return (
    <button
      type="button"
      class="small"
      aria-label={`Delete ${channel ?? topic}`}
      onClick={() => actions.remove(target, props.then)}
    >
      Delete
    </button>
  );
}

function InactiveTopicLine(
  props: { readonly row: InactiveTopic; readonly mayDelete: boolean; readonly reload: () => void },
) {
  const { row, mayDelete, reload } = props;
  return (
    <li data-row tabIndex={-1}>
      <div>
        <Link to={{ page: "topic", topic: row.topic }} class="name">{row.topic}</Link>
        {mayDelete && <DeleteButton topic={row.topic} then={reload} />}
      </div>
      {row.channels.length > 0 && (
        <ul>
          {row.channels.map((channel) => (
            <li key={channel}>
              <span>{channel}</span>
              {mayDelete && <DeleteButton topic={row.topic} channel={channel} then={reload} />}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

const shownMax = 500;

function InactiveTopics() {
  const mayDelete = useMay("admin");
  const { reply, error, reload } = usePolled<InactiveReply>({
    key: "inactive",
    family: "inactive",
    everyMs: 5_000,
    ask: (signal) => read("topics", { inactive: "true" }, signal),
  });
  const rows = Object.entries(reply?.topics ?? {})
    .map(([topic, channels]): InactiveTopic => ({ topic, channels: channels ?? [] }))
    .sort((left, right) => left.topic < right.topic ? -1 : 1);
  return (
    <Section title="Topics without a node">
      <ReplyTrouble reply={reply} error={error} />
      {!reply && !error && <Loading />}
      {reply && rows.length === 0 && (
        <p class="empty">None: every topic that is remembered has a node.</p>
      )}
      <ul class="tree">
        {rows.slice(0, shownMax).map((row) => (
          <InactiveTopicLine key={row.topic} row={row} mayDelete={mayDelete} reload={reload} />
        ))}
      </ul>
      {rows.length > shownMax && <p class="hint">{rows.length - shownMax} more are not shown.</p>}
    </Section>
  );
}

/** The page. */
export function LookupPage() {
  const mayCreate = useMay("operate");
  const { reply, error } = useNodes();
  return (
    <>
      <PageHead title="Lookup">
        {mayCreate && <Link to={{ page: "create" }} class="button">Create topic</Link>}
      </PageHead>
      <ReplyTrouble error={error} />
      <Section title="Lookup daemons">
        {reply ? <Lookupds rows={reply.lookupds} /> : !error && <Loading />}
      </Section>
      {shellSettings.mode === "lookupd" && <InactiveTopics />}
    </>
  );
}
