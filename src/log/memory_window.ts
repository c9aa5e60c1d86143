// The latest batches of a topic in memory, and how far they went to disk: with the durability `memory` that is only where
// something wants them there. A window may be gigabytes: it is neither gone through from its beginning each time, nor
// written at once.

import type { Clock } from "../base/clock.ts";
import type { Batch } from "../queue/batch.ts";
import { MemoryLog } from "../queue/memory_log.ts";

/** The window of a log. */
export class MemoryWindow extends MemoryLog {
  /** Batches before this number were given to somebody who writes them. */
  #writtenTo = 0;

  /**
   * Gives the batches that were not given before to `write`, oldest first, for `durationMs`; true when none is left. One
   * that `write` throws at will be given again.
   */
  writeOut(
    write: (batch: Batch) => void,
    clock: Pick<Clock, "nowMs">,
    durationMs: number,
  ): boolean {
    const endMs = clock.nowMs() + durationMs;
    for (const batch of this.from(this.#writtenTo)) {
      if (clock.nowMs() >= endMs) return false;
      write(batch);
      this.#writtenTo = batch.end;
    }
    return true;
  }

  /**
   * Lets `slice` write, with a pause after each time, until it says that nothing is left, or the batches before `end` were
   * given: as much again may come meanwhile, for ever.
   */
  async inSlices(slice: () => boolean, end: number, pause: () => Promise<void>): Promise<void> {
    while (!slice() && this.#writtenTo < end) await pause();
  }

  /** What is left of a batch that was cut is another one, which nobody has written. */
  override discardFrom(number: number): void {
    super.discardFrom(number);
    this.#writtenTo = 0;
  }
}
