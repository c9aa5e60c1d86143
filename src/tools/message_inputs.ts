// Where the messages of nsq_pub and to_nsq come from: the command line, the standard input or files. One group for each
// chunk that was read: a group is sent before more is read, so that messages of a slow input do not wait for a full batch.
// Invariant: at most one chunk and one unfinished piece are in memory.

import { unlessAborted } from "../base/interruption.ts";
import { reasonOf } from "../base/system_error.ts";
import type { BodyMaker } from "./message_template.ts";
import type { NsqPubSettings } from "./nsq_pub_options.ts";
import { MalformedInput, type Piece } from "./piece_splitter.ts";
import type { ByteInput } from "./process_streams.ts";
import type { MessageOrigin } from "./publish_report.ts";

/** Pieces that became known together. */
export interface MessageGroup {
  readonly origin: MessageOrigin;
  readonly pieces: readonly Piece[];
}

/** What there is to read, and how it is cut. */
export type InputSettings = Pick<
  NsqPubSettings,
  "messages" | "files" | "count" | "rate" | "unit" | "splitter"
>;

/** What is known of the whole before it is read. */
export interface InputSize {
  readonly messages: number | undefined;
  readonly bytes: number | undefined;
}

const READ_BYTES = 256 * 1024;
/** With a rate: what has been read and not sent when somebody interrupts is lost to the next reader. */
const READ_BYTES_SLOW = 4 * 1024;
const ARGUMENTS_IN_GROUP_MAX = 1000;

/** All messages a tool was asked to publish, in order. */
export class MessageInputs {
  /** Bytes read so far. */
  bytesRead = 0;
  /** Whether everything has been read. */
  isExhausted = false;

  readonly #settings: InputSettings;
  readonly #standardInput: ByteInput;
  readonly #stop: AbortSignal;
  readonly #onMalformed: (text: string) => void;

  /** Reading ends when `stop` is aborted. `onMalformed` hears of an input that could not be read to its end. */
  constructor(
    settings: InputSettings,
    standardInput: ByteInput,
    stop: AbortSignal,
    onMalformed: (text: string) => void,
  ) {
    this.#settings = settings;
    this.#standardInput = standardInput;
    this.#stop = stop;
    this.#onMalformed = onMalformed;
  }

  /** The groups; to be asked for once. */
  async *groups(): AsyncGenerator<MessageGroup, void, void> {
    const { messages, files } = this.#settings;
    if (messages.length > 0) yield* this.#fromArguments(messages);
    else if (files.length === 0) yield* this.#fromInput(undefined, this.#standardInput);
    else for (const file of files) yield* this.#fromFile(file);
    this.isExhausted = !this.#stop.aborted;
  }

  /** What can be known of the whole; `standardInputBytes` is the size of the standard input if it is a file. */
  async size(standardInputBytes: number | undefined): Promise<InputSize> {
    const { messages, files, count } = this.#settings;
    if (messages.length > 0) {
      return { messages: messages.length * Math.max(count, 1), bytes: undefined };
    }
    if (count > 0) return { messages: count, bytes: undefined };
    if (files.length === 0) return { messages: undefined, bytes: standardInputBytes };
    const sizes = await Promise.all(files.map(sizeOfFile));
    const isKnown = sizes.every((size) => size !== undefined);
    return {
      messages: undefined,
      bytes: isKnown ? sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) : undefined,
    };
  }

  *#fromArguments(messages: readonly BodyMaker[]): Generator<MessageGroup, void, void> {
    const { count } = this.#settings;
    const origin = { file: undefined, unit: count > 1 ? "messages" : "arguments" } as const;
    const total = messages.length * Math.max(count, 1);
    for (let made = 0; made < total;) {
      const pieces: Piece[] = [];
      let bytes = 0;
      while (made < total && pieces.length < ARGUMENTS_IN_GROUP_MAX && bytes < READ_BYTES) {
        const body = messages[made % messages.length]!(made + 1);
        made++;
        bytes += body.length;
        if (body.length > 0) pieces.push({ number: made, body, totalBytes: body.length });
      }
      yield { origin, pieces };
    }
  }

  async *#fromFile(path: string): AsyncGenerator<MessageGroup, void, void> {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(path);
    } catch (error) {
      const reason = reasonOf(error);
      return this.#onMalformed(`Cannot open ${path}: ${reason}`);
    }
    try {
      yield* this.#fromInput(path, file);
    } finally {
      file.close();
    }
  }

  async *#fromInput(
    file: string | undefined,
    input: ByteInput,
  ): AsyncGenerator<MessageGroup, void, void> {
    const origin: MessageOrigin = { file, unit: this.#settings.unit };
    const splitter = this.#settings.splitter();
    const buffer = new Uint8Array(this.#settings.rate > 0 ? READ_BYTES_SLOW : READ_BYTES);
    for (let isOpen = true; isOpen;) {
      let count: number | null | undefined;
      const pieces: Piece[] = [];
      let malformed: string | undefined;
      try {
        count = await unlessAborted(input.read(buffer), this.#stop);
        if (count === undefined) return;
        this.bytesRead += count ?? 0;
        // Pieces point into the chunk, and the buffer is read into again: hence the copy.
        if (count === null) splitter.end((piece) => pieces.push(piece));
        else splitter.push(buffer.slice(0, count), (piece) => pieces.push(piece));
      } catch (error) {
        malformed = explanation(error, file);
      }
      isOpen = typeof count === "number" && malformed === undefined;
      if (pieces.length > 0) yield { origin, pieces };
      if (malformed !== undefined) this.#onMalformed(malformed);
    }
  }
}

function explanation(error: unknown, file: string | undefined): string {
  const reason = reasonOf(error);
  const place = file ?? "the standard input";
  return error instanceof MalformedInput
    ? `${place}: ${reason}`
    : `Cannot read ${place}: ${reason}`;
}

async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    const info = await Deno.stat(path);
    return info.isFile ? info.size : undefined;
  } catch {
    return undefined;
  }
}
