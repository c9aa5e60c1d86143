// Delivery, one half of the hot path (the other is the command parser): messages of a batch become frames in an outbox.
// For each message: one size read, 34 bytes of header written as numbers, one copy of the body. No string, no promise,
// no object.

import { type Batch, sizeAt } from "../queue/batch.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import type { Sink } from "../queue/consumer.ts";
import { frameTypes } from "../wire/frames.ts";
import { idHigh, MESSAGE_HEADER_BYTES, writeId } from "../wire/message.ts";
import type { Outbox } from "./outbox.ts";

const TWO_32 = 2 ** 32;

/** What delivery needs of the connection besides its outbox. */
export interface DeliveryOwner {
  /** See `Sink.close`. */
  close(): void;
  /** See `Sink.describe`. */
  describe(): ClientStats;
  /** A message of `batch` goes out: called for each while `isTraced`. */
  trace(batch: Batch, index: number, attempts: number): void;
  readonly isTraced: boolean;
}

/** The way of messages to one client. */
export class Delivery implements Sink {
  nextOffset = 0;
  readonly #outbox: Outbox;
  readonly #nodeId: number;
  readonly #owner: DeliveryOwner;

  /** @param nodeId 0 to 1023, part of every message id */
  constructor(outbox: Outbox, nodeId: number, owner: DeliveryOwner) {
    this.#outbox = outbox;
    this.#nodeId = nodeId;
    this.#owner = owner;
  }

  get hasRoom(): boolean {
    return !this.#outbox.isFull;
  }

  send(batch: Batch, index: number, offset: number, count: number, attempts: number): number {
    const { bytes } = batch;
    const outbox = this.#outbox;
    const timestampHigh = Number(batch.timestamp >> 32n);
    const timestampLow = Number(batch.timestamp & 0xffffffffn);
    let number = batch.first + index;
    let sent = 0;
    const { isTraced } = this.#owner;
    for (; sent < count && !outbox.isFull; sent++, number++) {
      const size = sizeAt(bytes, offset);
      const at = outbox.reserve(MESSAGE_HEADER_BYTES + size);
      const { view } = outbox;
      view.setInt32(at, MESSAGE_HEADER_BYTES - 4 + size);
      view.setInt32(at + 4, frameTypes.message);
      view.setUint32(at + 8, timestampHigh);
      view.setUint32(at + 12, timestampLow);
      view.setUint16(at + 16, attempts);
      writeId(view, at + 18, idHigh(this.#nodeId, number), number % TWO_32);
      outbox.bytes.set(bytes.subarray(offset + 4, offset + 4 + size), at + MESSAGE_HEADER_BYTES);
      offset += 4 + size;
      if (isTraced) this.#owner.trace(batch, index + sent, attempts);
    }
    this.nextOffset = offset;
    return sent;
  }

  close(): void {
    this.#owner.close();
  }

  describe(): ClientStats {
    return this.#owner.describe();
  }
}
