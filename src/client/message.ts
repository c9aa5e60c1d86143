// A message as a consumer sees it. Knows nothing of connections beyond the one way to send its answer.
// Invariant: a message is answered (finished or requeued) at most once; answers after that do nothing.

import { byteString } from "../base/byte_string.ts";
import { finishCommand, requeueCommand, touchCommand } from "./command_bytes.ts";

/** Where the answers to a message go. */
export interface MessageSource {
  /** Sends the one answer; the message is no longer in flight here. */
  answer(message: Message, command: Uint8Array): void;
  /** Sends a command that is no answer. */
  send(command: Uint8Array): void;
}

const ID_OFFSET = 10;
const BODY_OFFSET = 26;
const decoder = new TextDecoder();

/** One delivery of a message. The layout of its bytes is drawn in wire/message.ts. */
export class Message {
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #source: MessageSource;
  #answer: "none" | "finished" | "requeued" = "none";

  /** `data` is the frame's data in storage that nobody else writes to. */
  constructor(data: Uint8Array<ArrayBuffer>, source: MessageSource) {
    this.#data = data;
    this.#source = source;
  }

  /** Sixteen hexadecimal digits, unique within its nsqd. */
  get id(): string {
    return byteString(this.#data, ID_OFFSET, BODY_OFFSET);
  }

  /** When the server accepted it, in nanoseconds since the Unix epoch. */
  get timestamp(): bigint {
    return new DataView(this.#data.buffer).getBigInt64(0);
  }

  /** How often it has been delivered, this time included; 65,535 is followed by 0. */
  get attempts(): number {
    return this.#data[8]! << 8 | this.#data[9]!;
  }

  /** The bytes that were published. */
  get body(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(BODY_OFFSET);
  }

  /** Whether it has been finished or requeued here. */
  get isAnswered(): boolean {
    return this.#answer !== "none";
  }

  /** Whether it has been requeued here. */
  get isRequeued(): boolean {
    return this.#answer === "requeued";
  }

  /** The body read as UTF-8; what is not becomes U+FFFD. */
  text(): string {
    return decoder.decode(this.body);
  }

  /** The body read as JSON. Throws SyntaxError when it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /** Says that it is done with: the server forgets it. */
  finish(): void {
    if (this.isAnswered) return;
    this.#answer = "finished";
    // By far the most frequent command: no string is made for it.
    this.#source.answer(this, finishCommand(this.#data.subarray(ID_OFFSET, BODY_OFFSET)));
  }

  /** Asks for it to be delivered again, `delayMs` milliseconds from now or, without a delay, at once. */
  requeue(delayMs = 0): void {
    if (this.isAnswered) return;
    const command = requeueCommand(this.id, delayMs);
    this.#answer = "requeued";
    this.#source.answer(this, command);
  }

  /** Asks for as much time again as the server gives a message before it delivers it to another. */
  touch(): void {
    if (!this.isAnswered) this.#source.send(touchCommand(this.id));
  }
}
