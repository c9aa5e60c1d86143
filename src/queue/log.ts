// The storage a topic needs: an append-only line of numbered batches that channels read at their own pace.
// Numbers grow from batch to batch; between two batches there may be a gap, never an overlap.

import type { Batch } from "./batch.ts";

/** Where a topic keeps its batches. */
export interface Log {
  /** Adds a batch behind all others. The log owns it from now on. */
  append(batch: Batch): void;

  /** The batch that holds message `number`, else the first one behind it; undefined when there is none. */
  at(number: number): Batch | undefined;

  /** Nobody will read a batch that ends at or before `number` any more. */
  discardBefore(number: number): void;

  /** Takes back every message from `number` on: it was never given to a channel. */
  discardFrom(number: number): void;
}
