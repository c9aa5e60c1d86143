// A message as JSON for people and programs that read HTTP: its body as text, as JSON, or in hexadecimal digits. What
// cannot be shown as asked for is shown as something that can, and says so; no byte is ever replaced by another.

import { type Batch, sizeAt } from "../queue/batch.ts";
import { goJson } from "../web/go_json.ts";
import type { Query } from "../web/query.ts";
import { idHigh, MESSAGE_ID_BYTES, numberOfId, writeId } from "../wire/message.ts";
import { byteString } from "../base/byte_string.ts";
import { HttpError } from "./http_errors.ts";

/** How a body can be shown. */
const bodyFormats = ["text", "json", "hex"] as const;
/** See `bodyFormats`. */
export type BodyFormat = typeof bodyFormats[number];

const SIZE_BYTES = 4;
const TWO_32 = 2 ** 32;

/** The format that a query asks for. Throws HttpError `INVALID_ARG_FORMAT`. */
export function bodyFormatOf(query: Query): BodyFormat {
  const name = query.get("format") ?? "text";
  const format = bodyFormats.find((each) => each === name);
  if (format === undefined) throw new HttpError("INVALID_ARG_FORMAT");
  return format;
}

/** The id of message `number` as consumers of this node see it. */
export function idText(nodeId: number, number: number): string {
  const bytes = new Uint8Array(MESSAGE_ID_BYTES);
  writeId(new DataView(bytes.buffer), 0, idHigh(nodeId, number), number % TWO_32);
  return byteString(bytes);
}

/** The number behind the `id` of a query. Throws HttpError `MISSING_ARG_ID`, `INVALID_ARG_ID`. */
export function numberOfQuery(query: Query, nodeId: number): number {
  const id = query.get("id");
  if (id === undefined) throw new HttpError("MISSING_ARG_ID");
  const number = numberOfText(id, nodeId);
  if (number < 0) throw new HttpError("INVALID_ARG_ID");
  return number;
}

/** The number in an id of this node; -1 when it is none. */
export function numberOfText(id: string, nodeId: number): number {
  const bytes = new TextEncoder().encode(id);
  return bytes.length === MESSAGE_ID_BYTES ? numberOfId(bytes, 0, nodeId) : -1;
}

/** The body of message `index` of a batch; the bytes are the batch's. */
export function bodyOf(batch: Batch, index: number): Uint8Array<ArrayBuffer> {
  const at = batch.offsetOf(index);
  return batch.bytes.subarray(at + SIZE_BYTES, at + SIZE_BYTES + sizeAt(batch.bytes, at));
}

/** A body as JSON text, and what it is. */
export interface ShownBody {
  readonly encoding: BodyFormat;
  readonly json: string;
}

/** The first `bytesMax` bytes of a body. A character that is cut in two there is left out. */
export function shownBody(
  body: Uint8Array<ArrayBuffer>,
  format: BodyFormat,
  bytesMax = Infinity,
): ShownBody {
  const isCut = body.length > bytesMax;
  const bytes = isCut ? body.subarray(0, bytesMax) : body;
  const text = format === "hex" ? undefined : textOf(bytes, isCut);
  if (text === undefined) return { encoding: "hex", json: `"${bytes.toHex()}"` };
  if (format === "json" && !isCut && isJson(text)) return { encoding: "json", json: text };
  return { encoding: "text", json: goJson(text) };
}

function textOf(bytes: Uint8Array<ArrayBuffer>, isCut: boolean): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An object as JSON with the members of a body behind its own, of which it must have some. */
export function withBody(members: Readonly<Record<string, unknown>>, body: ShownBody): string {
  return `${goJson(members).slice(0, -1)},"encoding":"${body.encoding}","body":${body.json}}`;
}
