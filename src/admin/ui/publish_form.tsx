/**
 * The form that publishes a message. Invariant: what is sent is what stands in the field, byte for byte.
 */
import { useState } from "preact/hooks";
import { notify } from "./notices.tsx";
import { publish } from "./api.ts";
import { bytesText } from "./figure_text.ts";
import { Field } from "./field.tsx";

/** Whether a text that looks like JSON is JSON. */
function jsonNote(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return "valid JSON";
  } catch {
    return "no valid JSON";
  }
}

/** Publishes to a topic; on a deferred one the delay is in seconds, as people say it. */
export function PublishForm({ topic }: { readonly topic: string }) {
  const [body, setBody] = useState("");
  const [delay, setDelay] = useState("");
  const bytes = new TextEncoder().encode(body).length;
  const delayMs = Math.round(Number(delay) * 1000);
  const delayTrouble = delay !== "" && !(delayMs >= 0) ? "A number of seconds." : undefined;
  const isReady = bytes > 0 && delayTrouble === undefined;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    try {
      const deferred = delayMs > 0 ? { defer_ms: delayMs } : {};
      const reply = await publish({ topic, body, ...deferred });
      notify("done", `Published ${bytesText(bytes)} to ${topic} on ${reply.node ?? "a node"}.`);
    } catch (error) {
      notify("error", error instanceof Error ? error.message : String(error));
    }
  };
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
  };
  return (
    <form class="card wide-card" onSubmit={submit}>
      <div class="field">
        <label>
          <span>Body</span>
          <textarea
            name="body"
            rows={8}
            spellcheck={false}
            value={body}
            onInput={(event) => setBody(event.currentTarget.value)}
            onKeyDown={submitByKey}
          />
        </label>
        <small>{[bytesText(bytes), jsonNote(body)].filter(Boolean).join(", ")}</small>
      </div>
      <Field
        name="delay"
        title="Deferred by (seconds)"
        value={delay}
        onValue={setDelay}
        trouble={delayTrouble}
        hint="Left out: at once."
      />
      <div class="buttons">
        <button type="submit" class="primary" disabled={!isReady}>Publish</button>
      </div>
    </form>
  );
}
