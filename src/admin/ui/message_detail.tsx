/**
 * One message opened: its body as text, JSON or hex, what is known of it, and what can be done to it.
 * Only deferred and requeued messages can be steered: the others are on their way.
 */
import { useMemo, useState } from "preact/hooks";
import { attempt } from "./actions.ts";
import { actOnMessage, read } from "./api.ts";
import type { MessageRow, MessagesReply } from "./api_shapes.ts";
import { confirmFirst } from "./dialog.tsx";
import { bytesText, countText, durationText, momentText } from "./figure_text.ts";
import { bestForm, type BodyForm, bodyForms, bodyText, bytesOfBody } from "./message_body.ts";
import { nameTrouble } from "./name_check.ts";
import { notify } from "./notices.tsx";

/** Where a message lies. */
export interface MessagePlace {
  readonly topic: string;
  readonly channel: string;
}

const wholeBodyBytes = 1_048_576;

async function wholeMessage(place: MessagePlace, message: MessageRow): Promise<MessageRow> {
  const parameters = { ...place, id: message.id, node: message.node, format: "hex" };
  const reply = await read<MessagesReply>("messages", { ...parameters, bytes: wholeBodyBytes });
  const found = reply.messages.find(({ id }) => id === message.id);
  if (found === undefined) throw new Error("The message is not there any more.");
  return found;
}

/** The body with the choice of its form. */
function Body(props: { readonly message: MessageRow; readonly onWhole?: () => void }) {
  const { message, onWhole } = props;
  const bytes = useMemo(() => bytesOfBody(message.encoding, message.body), [message]);
  const [chosen, setChosen] = useState<BodyForm>();
  const form = chosen ?? bestForm(bytes);
  return (
    <>
      <div class="tools">
        <div class="choices" role="group" aria-label="Show the body as">
          {bodyForms.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === form}
              onClick={() => setChosen(name)}
            >
              {name}
            </button>
          ))}
        </div>
        {message.is_truncated && (
          <span class="hint">
            {bytesText(bytes.length)} of {bytesText(message.size)}
            {onWhole && <button type="button" class="plain" onClick={onWhole}>Show all</button>}
          </span>
        )}
      </div>
      <pre class="body" tabIndex={0}>{bodyText(bytes, form)}</pre>
    </>
  );
}

function Facts({ message }: { readonly message: MessageRow }) {
  const nowMs = Date.now();
  const facts: [name: string, text: string][] = [
    ["Id", message.id],
    ["Node", message.node],
    ["Published", momentText(message.timestamp_ms)],
    ["Attempts", countText(message.attempts)],
    ["Size", bytesText(message.size)],
  ];
  if (message.due_ms !== undefined) {
    facts.push(["Comes back in", durationText(message.due_ms - nowMs)]);
  }
  if (message.deadline_ms !== undefined) {
    facts.push(["Times out in", durationText(message.deadline_ms - nowMs)]);
  }
  if (message.client !== undefined) facts.push(["Client", clientText(message)]);
  return (
    <dl class="facts">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function clientText({ client }: MessageRow): string {
  return client ? `${client.client_id} (${client.remote_address})` : "gone";
}

/** Requeue now, finish, move. */
function Steering(
  props: {
    readonly place: MessagePlace;
    readonly message: MessageRow;
    readonly onGone: () => void;
  },
) {
  const { place, message, onGone } = props;
  const [destination, setDestination] = useState("");
  const target = { ...place, node: message.node, id: message.id };
  const run = async (action: "requeue" | "finish" | "move", said: string) => {
    const more = action === "move" ? { destination } : {};
    if (await attempt(() => actOnMessage({ action, ...target, ...more }), said)) onGone();
  };
  const finish = () =>
    confirmFirst({
      title: "Finish message",
      text: `Message ${message.id} is done for this channel: no consumer will get it.`,
      verb: "Finish",
      action: () => void run("finish", `Finished ${message.id}.`),
    });
  const move = (event: Event) => {
    event.preventDefault();
    void run("move", `Moved ${message.id} to ${destination}.`);
  };
  return (
    <div class="steering">
      <button type="button" onClick={() => void run("requeue", `Requeued ${message.id}.`)}>
        Requeue now
      </button>
      <button type="button" onClick={finish}>Finish</button>
      <form onSubmit={move}>
        <input
          name="destination"
          aria-label="Topic to move to"
          placeholder="other topic"
          value={destination}
          onInput={(event) => setDestination(event.currentTarget.value)}
        />
        <button type="submit" disabled={nameTrouble(destination) !== undefined}>Move</button>
      </form>
    </div>
  );
}

/** All of a message; `place` is missing for a message of the tail, which is gone already. */
export function MessageDetail(
  props: {
    readonly message: MessageRow;
    readonly place?: MessagePlace;
    readonly onGone?: () => void;
  },
) {
  const { message, place } = props;
  const [whole, setWhole] = useState<MessageRow>();
  const canSteer = message.state === "deferred" || message.state === "requeued";
  const readWhole = place && (() => {
    wholeMessage(place, message).then(setWhole, (error) => notify("error", String(error.message)));
  });
  return (
    <div class="message-detail">
      <Body message={whole ?? message} {...(readWhole ? { onWhole: readWhole } : {})} />
      <Facts message={message} />
      {place && canSteer && (
        <Steering
          place={place}
          message={message}
          onGone={() => props.onGone?.()}
        />
      )}
    </div>
  );
}
