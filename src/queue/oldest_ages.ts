// How old the oldest message of a topic or channel is. When a message was accepted may have to be read from disk, so it is
// remembered until another message is the oldest.

import type { Channel } from "./channel.ts";
import type { Topic } from "./topic.ts";

interface Known {
  readonly number: number;
  readonly acceptedMs: number | undefined;
}

/** Ages of oldest messages. */
export class OldestAges {
  readonly #known = new WeakMap<Topic | Channel, Known>();

  /** Age of the oldest message that no channel was given, ms; NaN when there is none or it cannot be said. */
  ofTopic(topic: Topic, wallMs: number): number {
    return this.#age(topic, topic.oldestNumber, (number) => topic.log.acceptedMs(number), wallMs);
  }

  /** Age of the oldest message of a channel that waits or is in flight and is not deferred, ms; NaN as above. */
  ofChannel(channel: Channel, wallMs: number): number {
    // Of ten thousand channels nearly all are empty, and looking closer costs more.
    if (channel.depth === 0 && channel.inFlightCount === 0) return NaN;
    const { view } = channel;
    const { oldest } = view;
    if (oldest?.batch !== undefined) return Math.max(0, wallMs - oldest.batch.wallMs);
    return this.#age(channel, oldest?.number, (number) => view.acceptedMs(number), wallMs);
  }

  #age(
    owner: Topic | Channel,
    number: number | undefined,
    ask: (number: number) => number | undefined,
    wallMs: number,
  ): number {
    if (number === undefined) return NaN;
    let known = this.#known.get(owner);
    if (known?.number !== number || known.acceptedMs === undefined) {
      known = { number, acceptedMs: ask(number) };
      this.#known.set(owner, known);
    }
    return known.acceptedMs === undefined ? NaN : Math.max(0, wallMs - known.acceptedMs);
  }
}
