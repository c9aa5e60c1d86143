// WebSocket frames (RFC 6455) as a server needs them on a socket of its own: what a client sends is read, text and control
// frames are written. Small messages only; what is larger, not masked, binary or otherwise wrong ends the connection.
//
//   byte 0  FIN, 3 reserved bits, 4 bits opcode     byte 1  MASK, 7 bits length (126: 2 more bytes, 127: 8)
//   client: 4 bytes of mask before the payload      server: none

import { createHash } from "node:crypto";
import { joinedBytes } from "../base/joined_bytes.ts";

/** What frames are for. */
export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const MASK_BYTES = 4;
const CONTROL_BYTES_MAX = 125;
const NOTHING = new Uint8Array(0);

/** The answer to a client's `Sec-WebSocket-Key`. */
export function acceptKey(key: string): string {
  return createHash("sha1").update(key + MAGIC).digest("base64");
}

/** A whole frame from the server. */
export function serverFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(headBytes + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (headBytes === 4) view.setUint16(2, length);
  if (headBytes === 10) view.setBigUint64(2, BigInt(length));
  frame.set(payload, headBytes);
  return frame;
}

/** What a client sent. */
export type ClientMessage =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "ping" | "pong" | "close"; readonly payload: Uint8Array };

/** Bytes that are no frames, or not such as are taken here; `code` is for the close frame. */
export class FrameError extends Error {
  override readonly name = "FrameError";

  constructor(readonly code: number, message: string) {
    super(message);
  }
}

interface Head {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly start: number;
  readonly end: number;
}

/** Puts a client's bytes together. Invariant: it holds no more than one message of `bytesMax` and its head. */
export class ClientFrames {
  readonly #bytesMax: number;
  #bytes: Uint8Array = NOTHING;
  /** The parts of a text that came so far; undefined between two texts. */
  #text: Uint8Array | undefined;

  /** @param bytesMax longest message that is taken */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What is complete with these bytes. Throws FrameError; nothing may be given to it then any more. */
  *take(bytes: Uint8Array): Iterable<ClientMessage> {
    this.#bytes = this.#bytes.length === 0 ? bytes : joinedBytes([this.#bytes, bytes]);
    for (let head = this.#head(); head !== undefined; head = this.#head()) {
      const payload = this.#unmasked(head);
      this.#bytes = this.#bytes.slice(head.end);
      const message = this.#message(head, payload);
      if (message !== undefined) yield message;
    }
  }

  /** Undefined until a whole frame is there. */
  #head(): Head | undefined {
    const bytes = this.#bytes;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    if ((first & 0x70) !== 0) throw new FrameError(1002, "reserved bits are set");
    if ((second & 0x80) === 0) throw new FrameError(1002, "a client's frame is not masked");
    const short = second & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length < 2 + more) return undefined;
    const length = more === 0 ? short : lengthOf(bytes, more);
    const opcode = first & 0x0f;
    const isFinal = (first & 0x80) !== 0;
    const isControl = opcode >= opcodes.close;
    if (isControl && (length > CONTROL_BYTES_MAX || !isFinal)) {
      throw new FrameError(1002, "a control frame is too long or cut");
    }
    if (length + (this.#text?.length ?? 0) > this.#bytesMax) {
      throw new FrameError(1009, "the message is too long");
    }
    const start = 2 + more + MASK_BYTES;
    const end = start + length;
    return bytes.length < end ? undefined : { isFinal, opcode, start, end };
  }

  #unmasked({ start, end }: Head): Uint8Array {
    const payload = this.#bytes.slice(start, end);
    const mask = this.#bytes.subarray(start - MASK_BYTES, start);
    for (let at = 0; at < payload.length; at++) payload[at]! ^= mask[at & 3]!;
    return payload;
  }

  #message({ opcode, isFinal }: Head, payload: Uint8Array): ClientMessage | undefined {
    if (opcode === opcodes.close) return { kind: "close", payload };
    if (opcode === opcodes.ping) return { kind: "ping", payload };
    if (opcode === opcodes.pong) return { kind: "pong", payload };
    const isBegun = this.#text !== undefined;
    if (opcode === opcodes.binary) throw new FrameError(1003, "only text is taken");
    const isFitting = opcode === (isBegun ? opcodes.continuation : opcodes.text);
    if (!isFitting) throw new FrameError(1002, "a frame out of place");
    this.#text = this.#text === undefined ? payload : joinedBytes([this.#text, payload]);
    if (!isFinal) return undefined;
    const bytes = this.#text;
    this.#text = undefined;
    return { kind: "text", text: textOf(bytes) };
  }
}

function lengthOf(bytes: Uint8Array, count: number): number {
  let length = 0;
  for (let at = 2; at < 2 + count; at++) length = length * 256 + bytes[at]!;
  return length;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FrameError(1007, "text that is no UTF-8");
  }
}
