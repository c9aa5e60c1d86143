// Commands as bytes, the client's half of the protocol (the forms are drawn in wire/command_parser.ts).
// Refuses names and sizes the server would refuse, because there such a mistake costs the connection, and a line break
// in a name would even be a command of its own.

import { bytesOf } from "../base/byte_string.ts";
import { isValidName } from "../wire/names.ts";
import { NsqError } from "./nsq_error.ts";

/** A message's bytes, or text that is sent as UTF-8. */
export type MessageBody = Uint8Array | string;

const encoder = new TextEncoder();
const FINISH = bytesOf("FIN ");
const LF = 0x0a;

/** Two spaces and V2: how a client begins. */
export const MAGIC: Uint8Array = bytesOf("  V2");
/** The answer to a heartbeat. */
export const NOP: Uint8Array = bytesOf("NOP\n");
/** Asks for no more messages. */
export const CLS: Uint8Array = bytesOf("CLS\n");

/** IDENTIFY with a document. */
export function identifyCommand(document: Readonly<Record<string, unknown>>): Uint8Array {
  return sized("IDENTIFY\n", encoder.encode(JSON.stringify(document)));
}

/** AUTH with a secret. */
export function authCommand(secret: string): Uint8Array {
  return sized("AUTH\n", encoder.encode(secret));
}

/** SUB. @throws {NsqError} E_BAD_TOPIC, E_BAD_CHANNEL */
export function subscribeCommand(topic: string, channel: string): Uint8Array {
  checkTopic(topic);
  if (!isValidName(channel)) {
    throw new NsqError("E_BAD_CHANNEL", `"${channel}" is not a valid channel name.`);
  }
  return bytesOf(`SUB ${topic} ${channel}\n`);
}

/** RDY. */
export function readyCommand(count: number): Uint8Array {
  return bytesOf(`RDY ${count}\n`);
}

/** FIN. `id` is the bytes of a message id, as they came. */
export function finishCommand(id: Uint8Array): Uint8Array {
  const command = new Uint8Array(FINISH.length + id.length + 1);
  command.set(FINISH);
  command.set(id, FINISH.length);
  command[command.length - 1] = LF;
  return command;
}

/** REQ; the delay is in milliseconds, fractions are dropped. */
export function requeueCommand(id: string, delayMs: number): Uint8Array {
  return bytesOf(`REQ ${id} ${wholeMilliseconds(delayMs)}\n`);
}

/** TOUCH. */
export function touchCommand(id: string): Uint8Array {
  return bytesOf(`TOUCH ${id}\n`);
}

/** PUB. @throws {NsqError} E_BAD_TOPIC, E_BAD_MESSAGE */
export function publishCommand(topic: string, body: MessageBody): Uint8Array {
  checkTopic(topic);
  return sized(`PUB ${topic}\n`, messageBytes(body));
}

/** DPUB. @throws {NsqError} E_BAD_TOPIC, E_BAD_MESSAGE */
export function deferredCommand(topic: string, delayMs: number, body: MessageBody): Uint8Array {
  checkTopic(topic);
  return sized(`DPUB ${topic} ${wholeMilliseconds(delayMs)}\n`, messageBytes(body));
}

/** MPUB; there must be at least one body. @throws {NsqError} E_BAD_TOPIC, E_BAD_MESSAGE */
export function publishAllCommand(topic: string, bodies: readonly MessageBody[]): Uint8Array {
  checkTopic(topic);
  const messages = bodies.map(messageBytes);
  let bodyBytes = 4;
  for (const message of messages) bodyBytes += 4 + message.length;
  const line = `MPUB ${topic}\n`;
  const bytes = new Uint8Array(line.length + 4 + bodyBytes);
  const view = new DataView(bytes.buffer);
  encoder.encodeInto(line, bytes);
  view.setInt32(line.length, bodyBytes);
  view.setInt32(line.length + 4, messages.length);
  let at = line.length + 8;
  for (const message of messages) {
    view.setInt32(at, message.length);
    bytes.set(message, at + 4);
    at += 4 + message.length;
  }
  return bytes;
}

/** The bytes of a message. @throws {NsqError} E_BAD_MESSAGE when there are none */
function messageBytes(body: MessageBody): Uint8Array {
  const bytes = typeof body === "string" ? encoder.encode(body) : body;
  if (bytes.length === 0) throw new NsqError("E_BAD_MESSAGE", "A message must not be empty.");
  return bytes;
}

function checkTopic(topic: string): void {
  if (isValidName(topic)) return;
  throw new NsqError("E_BAD_TOPIC", `"${topic}" is not a valid topic name.`);
}

function wholeMilliseconds(delayMs: number): string {
  if (!(delayMs >= 0)) throw new RangeError(`a delay of ${delayMs} ms is negative or no number`);
  return String(Math.trunc(Math.min(delayMs, Number.MAX_SAFE_INTEGER)));
}

function sized(line: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(line.length + 4 + body.length);
  encoder.encodeInto(line, bytes);
  new DataView(bytes.buffer).setInt32(line.length, body.length);
  bytes.set(body, line.length + 4);
  return bytes;
}
