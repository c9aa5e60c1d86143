// A client of the simulation: a sink with bounded room, which fills as messages come and drains when it reads.

import { assert } from "../../src/base/assert.ts";
import { type Batch, sizeAt } from "../../src/queue/batch.ts";
import type { Channel } from "../../src/queue/channel.ts";
import type { ClientStats } from "../../src/queue/client_stats.ts";
import { Consumer, type Locality, type Sink } from "../../src/queue/consumer.ts";
import type { Topic } from "../../src/queue/topic.ts";

/** A message as a client sees it arrive. */
export interface Arrival {
  message: number;
  /** The number the broker gave it. */
  number: number;
  attempts: number;
}

/** How a client behaves. */
export interface ClientSettings {
  name: string;
  /** Messages it can hold unread. */
  roomMax: number;
  messageTimeoutMs: number;
  sampleRate: number;
  locality: Locality;
}

/** One simulated client. */
export class FakeClient implements Sink {
  nextOffset = 0;
  isGone = false;
  readonly name: string;
  readonly consumer: Consumer;
  #room: number;
  readonly #roomMax: number;

  constructor(
    settings: ClientSettings,
    readonly topic: Topic,
    readonly channel: Channel,
    readonly onArrival: (client: FakeClient, arrival: Arrival) => void,
    readonly onClose: (client: FakeClient) => void,
  ) {
    this.name = settings.name;
    this.#roomMax = settings.roomMax;
    this.#room = settings.roomMax;
    this.consumer = new Consumer(this, settings);
  }

  get hasRoom(): boolean {
    return this.#room > 0;
  }

  /** Reads what has arrived; wakes its channel as a session does when its outbox was full. */
  read(): void {
    const wasFull = !this.hasRoom;
    this.#room = this.#roomMax;
    if (wasFull && !this.isGone) this.channel.wake(this.consumer);
  }

  send(batch: Batch, index: number, offset: number, count: number, attempts: number): number {
    assert(offset === batch.offsetOf(index), "the channel knows where the message begins");
    let sent = 0;
    for (; sent < count && this.hasRoom; sent++) {
      const message = sizeAt(batch.bytes, offset + 4);
      this.onArrival(this, { message, number: batch.first + index + sent, attempts });
      offset += 4 + sizeAt(batch.bytes, offset);
      this.#room--;
    }
    this.nextOffset = offset;
    return sent;
  }

  close(): void {
    this.onClose(this);
  }

  describe(): ClientStats {
    throw new Error("the simulation asks for no statistics");
  }
}
