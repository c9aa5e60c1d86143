/**
 * Messages as lines that open: summary, age, attempts, size. Used for what is looked at and for the tail.
 */
import { useState } from "preact/hooks";
import type { MessageRow } from "./api_shapes.ts";
import { bytesText, durationText, plural, timeText } from "./figure_text.ts";
import { bodySummary, bytesOfBody } from "./message_body.ts";
import { MessageDetail, type MessagePlace } from "./message_detail.tsx";

/** What marks a message in its line, besides its body. */
function lineMark(message: MessageRow): string {
  const nowMs = Date.now();
  if (message.due_ms !== undefined) return `in ${durationText(message.due_ms - nowMs)}`;
  if (message.client) return message.client.client_id;
  return message.attempts > 0 ? plural(message.attempts, "attempt") : "";
}

function MessageLine(
  props: {
    readonly message: MessageRow;
    readonly place?: MessagePlace;
    readonly onGone?: () => void;
  },
) {
  const { message } = props;
  const [isOpen, setOpen] = useState(false);
  const bytes = bytesOfBody(message.encoding, message.body);
  return (
    <li data-row tabIndex={-1}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <time title={message.id}>{timeText(message.timestamp_ms)}</time>
          <code>{bodySummary(bytes)}</code>
          <span>{lineMark(message)}</span>
          <span>{bytesText(message.size)}</span>
        </summary>
        {isOpen && <MessageDetail {...props} />}
      </details>
    </li>
  );
}

/** The list. `place` is given where messages can still be steered. */
export function MessageList(
  props: {
    readonly messages: readonly MessageRow[];
    readonly place?: MessagePlace;
    readonly onGone?: () => void;
  },
) {
  const { messages, ...shared } = props;
  return (
    <ul class="messages">
      {messages.map((message) => (
        <MessageLine key={`${message.node} ${message.id}`} message={message} {...shared} />
      ))}
    </ul>
  );
}
