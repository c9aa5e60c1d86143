// What a client receives, frame by frame, as a transcript writes it.

import { byteString } from "../../src/base/byte_string.ts";
import { joinBytes } from "../conformance/vectors.ts";

/** One frame. */
export interface ReceivedFrame {
  /** As a transcript has it: `OK`, `error ...`, `message <attempts> <body>`. */
  text: string;
  /** Of a message. */
  body: string;
  id?: string;
}

const PREFIXES = ["", "error ", "message "];
const FRAME_HEADER_BYTES = 8;
const BODY_AT = 26;

/** Cuts bytes into frames. */
export class FrameReader {
  #bytes = new Uint8Array(0);

  /** Bytes of a frame that is not whole yet. */
  get restBytes(): number {
    return this.#bytes.length;
  }

  /** Adds bytes that arrived. */
  push(bytes: Uint8Array): void {
    this.#bytes = joinBytes([this.#bytes, bytes]) as Uint8Array<ArrayBuffer>;
  }

  /** Takes out what came behind the latest frame. */
  takeRest(): Uint8Array {
    const rest = this.#bytes;
    this.#bytes = new Uint8Array(0);
    return rest;
  }

  /** The next whole frame; undefined while there is none. */
  next(): ReceivedFrame | undefined {
    if (this.#bytes.length < FRAME_HEADER_BYTES) return undefined;
    const view = new DataView(this.#bytes.buffer);
    const end = 4 + view.getInt32(0);
    if (this.#bytes.length < end) return undefined;
    const type = view.getInt32(4);
    const data = byteString(this.#bytes, FRAME_HEADER_BYTES, end);
    const attempts = type === 2 ? view.getUint16(FRAME_HEADER_BYTES + 8) : 0;
    this.#bytes = this.#bytes.slice(end);
    if (type !== 2) return { text: PREFIXES[type] + data, body: "" };
    const body = data.slice(BODY_AT);
    return { text: `message ${attempts} ${body}`, body, id: data.slice(BODY_AT - 16, BODY_AT) };
  }
}
