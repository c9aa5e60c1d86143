/**
 * The form that creates a topic, and a channel of it.
 */
import { useState } from "preact/hooks";
import { attempt } from "../actions.ts";
import { create } from "../api.ts";
import { nameTrouble } from "../name_check.ts";
import { Field } from "../field.tsx";
import { PageHead } from "../page_parts.tsx";
import { goTo } from "../place.tsx";
import { useMay } from "../session.ts";

/** The page. */
export function CreatePage() {
  const [topic, setTopic] = useState("");
  const [channel, setChannel] = useState("");
  const mayCreate = useMay("operate");
  const topicTrouble = topic === "" ? undefined : nameTrouble(topic);
  const channelTrouble = channel === "" ? undefined : nameTrouble(channel);
  const isReady = topic !== "" && topicTrouble === undefined && channelTrouble === undefined;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    const what = channel === "" ? `topic ${topic}` : `channel ${channel} of topic ${topic}`;
    const isDone = await attempt(() => create(topic, channel), `Created ${what}.`);
    if (isDone) goTo({ page: "topic", topic });
  };
  return (
    <>
      <PageHead way={[{ text: "Topics", to: { page: "topics" } }]} title="Create topic" />
      {!mayCreate && <p class="box warning">You may look, but not create anything.</p>}
      <form class="card" onSubmit={submit}>
        <Field name="topic" title="Topic" value={topic} onValue={setTopic} trouble={topicTrouble} />
        <Field
          name="channel"
          title="Channel"
          hint="May be left out. The first channel of a topic gets what waits in it."
          value={channel}
          onValue={setChannel}
          trouble={channelTrouble}
        />
        <div class="buttons">
          <button type="submit" class="primary" disabled={!isReady || !mayCreate}>Create</button>
        </div>
      </form>
    </>
  );
}
