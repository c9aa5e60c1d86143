// How nsq_tail shows a message: raw for programs, JSON on request, and on a terminal with what would disturb it made
// visible. Pure.

import { byteString } from "../base/byte_string.ts";
import type { Message } from "../client/message.ts";

/** How messages are shown. */
export interface MessageStyle {
  readonly isTopicPrinted: boolean;
  readonly isJson: boolean;
  /** A person looks at it: control characters are written out. */
  readonly isForTerminal: boolean;
  readonly isColoured: boolean;
}

const LF = 0x0a;
const TOPIC_COLOUR = "\x1b[36m";
const CONTROL_COLOUR = "\x1b[33m";
const PLAIN = "\x1b[0m";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes to print for a message, the line's end included. */
export function messageLine(topic: string, message: Message, style: MessageStyle): Uint8Array {
  if (style.isJson) return encoder.encode(messageJson(topic, message) + "\n");
  const prefix = style.isTopicPrinted ? `${topicText(topic, style)} | ` : "";
  if (style.isForTerminal) {
    return encoder.encode(`${prefix}${visibleText(message.body, style.isColoured)}\n`);
  }
  const start = encoder.encode(prefix);
  const { body } = message;
  const line = new Uint8Array(start.length + body.length + 1);
  line.set(start);
  line.set(body, start.length);
  line[line.length - 1] = LF;
  return line;
}

/** A message as one JSON object without line breaks. */
function messageJson(topic: string, message: Message): string {
  const text = textOf(message.body);
  return JSON.stringify({
    topic,
    id: message.id,
    timestamp: isoTime(message.timestamp),
    attempts: message.attempts,
    ...text === undefined ? { bodyBase64: btoa(byteString(message.body)) } : { body: text },
  });
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Nanoseconds since 1970 as `2026-01-02T03:04:05.123456789Z`; times no calendar holds stay a number. */
export function isoTime(nanoseconds: bigint): string {
  const seconds = Number(nanoseconds / 1_000_000_000n);
  const date = new Date(seconds * 1000);
  if (nanoseconds < 0n || Number.isNaN(date.getTime())) return String(nanoseconds);
  const fraction = String(nanoseconds % 1_000_000_000n).padStart(9, "0");
  return `${date.toISOString().slice(0, -5)}.${fraction}Z`;
}

function topicText(topic: string, { isColoured }: MessageStyle): string {
  return isColoured ? TOPIC_COLOUR + topic + PLAIN : topic;
}

/** Control characters (except line breaks and tabs) as `\x1b`; so are all bytes beyond ASCII when it is no UTF-8. */
export function visibleText(body: Uint8Array, isColoured: boolean): string {
  const text = textOf(body);
  // deno-lint-ignore no-control-regex
  const hidden = text === undefined ? /[^\t\n\x20-\x7e]/g : /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
  return (text ?? byteString(body)).replace(hidden, (character) => {
    const escape = "\\x" + character.charCodeAt(0).toString(16).padStart(2, "0");
    return isColoured ? CONTROL_COLOUR + escape + PLAIN : escape;
  });
}
