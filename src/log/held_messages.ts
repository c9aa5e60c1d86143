// Messages given back whose channel has let go of the body before it was on disk: in the durability `memory`, or while the
// disk refuses. They are held here until they are written.

import type { Batch } from "../queue/batch.ts";

/** A message, and the channels for which it is held. */
export interface HeldMessage {
  readonly single: Batch;
  readonly channels: Set<string>;
}

/** The messages held for one topic. */
export class HeldMessages {
  readonly #messages = new Map<number, HeldMessage>();

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  /** Holds message `number`, which is in `batch`, for a channel. */
  hold(channel: string, number: number, batch: Batch): void {
    const known = this.#messages.get(number);
    if (known !== undefined) known.channels.add(channel);
    else {
      const single = batch.extract(number - batch.first);
      this.#messages.set(number, { single, channels: new Set([channel]) });
    }
  }

  /** Message `number` alone; undefined when it is not held. */
  get(number: number): Batch | undefined {
    return this.#messages.get(number)?.single;
  }

  /** Has `write` write each for each of its channels, and lets go of what was written. What `write` throws ends it. */
  writeAll(write: (channel: string, single: Batch) => void): void {
    for (const [number, { single, channels }] of this.#messages) {
      for (const channel of channels) write(channel, single);
      this.#messages.delete(number);
    }
  }
}
