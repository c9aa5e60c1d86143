// What a topic has on disk, read back: batches for channels that lag behind, and single messages. Damage that shows is set
// aside, told and counted. It knows nothing of what is in memory.

import type { Batch } from "../queue/batch.ts";
import { BlockReader } from "./block_reader.ts";
import { DamageBook } from "./damage_book.ts";
import type { Disk } from "./disk.ts";
import { MessageFetch } from "./message_fetch.ts";
import type { Place } from "./pending_messages.ts";
import type { TopicReplay } from "./replay.ts";
import type { SegmentFile } from "./topic_folder.ts";

/** A read that failed is tried again after so long. */
const READ_RETRY_PAUSE_MS = 1000;

/** What reading needs. */
export interface StoredMessagesInputs {
  readonly disk: Disk;
  readonly replay: TopicReplay;
  /** The segments, oldest first; the last one may still grow. */
  segments(): readonly SegmentFile[];
  /** From this number on everything is in memory. */
  end(): number;
  /** Batches have arrived: ask again. */
  loaded(): void;
  /** A read failed. */
  failed(error: unknown): void;
  /** Damage was found at another place; a line for the log. */
  damaged(text: string): void;
  /** Resolves after so long. */
  pause(delayMs: number): Promise<void>;
}

/** Reads the messages of one topic. */
export class StoredMessages {
  readonly #inputs: StoredMessagesInputs;
  readonly #reader: BlockReader;
  readonly #fetch: MessageFetch;

  constructor(inputs: StoredMessagesInputs) {
    const { disk } = inputs;
    this.#inputs = inputs;
    const damage = new DamageBook(disk, (text) => inputs.damaged(text));
    const segments = () => inputs.segments();
    this.#fetch = new MessageFetch(disk, segments, damage.found);
    this.#reader = new BlockReader({
      disk,
      segments,
      end: () => inputs.end(),
      loaded: () => inputs.loaded(),
      damaged: damage.found,
      failed: (error) => inputs.failed(error),
      pause: () => inputs.pause(READ_RETRY_PAUSE_MS),
    });
  }

  /** See `BlockReader.at`. */
  at(number: number): Batch | "loading" | undefined {
    return this.#reader.at(number);
  }

  /** Message `number` alone; undefined when it is lost, "failed" when it may be had later. */
  fetch(number: number): Batch | "failed" | undefined {
    try {
      return this.#fetch.message(number, this.#placeOf(number));
    } catch (error) {
      this.#inputs.failed(error);
      return "failed";
    }
  }

  /** When message `number` was accepted; undefined when it is lost or cannot be read now. */
  acceptedMs(number: number): number | undefined {
    try {
      return this.#fetch.acceptedMs(number, this.#placeOf(number));
    } catch {
      return undefined;
    }
  }

  #placeOf(number: number): Place | undefined {
    for (const { pending } of this.#inputs.replay.state.channels.values()) {
      const place = pending.get(number)?.place;
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** Lets go of files and buffers; they are had again when they are needed. */
  rest(): void {
    this.#reader.close();
    this.#fetch.release();
  }
}
