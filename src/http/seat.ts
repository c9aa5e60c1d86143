// A consumer over HTTP: what the channel hands it becomes JSON and goes to an outlet, be it an event stream, a WebSocket or
// an answer to a poll. For the channel it is a consumer like any other: ready count, timeouts and attempts are its own.
// Invariant: it is in its channel until it leaves, once; what it then has in flight waits for its timeout, as with TCP.

import { byteString } from "../base/byte_string.ts";
import { type Batch, sizeAt } from "../queue/batch.ts";
import type { Channel } from "../queue/channel.ts";
import type { ClientStats } from "../queue/client_stats.ts";
import { Consumer, localities, type Sink } from "../queue/consumer.ts";
import type { Topic } from "../queue/topic.ts";
import { clientStates } from "../wire/commands.ts";
import { type BodyFormat, bodyOf, idText, shownBody, withBody } from "./shown_message.ts";

/** Where messages go. */
export interface Outlet {
  /** Whether it takes no more for now; `Seat.wake` is to be called when it does again. */
  readonly isFull: boolean;
  /** Takes one message as JSON. */
  message(json: string, id: string): void;
  /** Called about once a second. */
  tick(nowMs: number): void;
  /** The channel is gone, or the broker stops. */
  close(): void;
}

/** Who consumes. */
export interface SeatClient {
  /** `ip:port`, or `@` for a unix socket. */
  readonly address: string;
  readonly userAgent: string;
}

/** How it consumes. */
export interface SeatSettings {
  readonly messageTimeoutMs: number;
  /** Percent of the messages it wants, 1 to 99; 0 is all of them. */
  readonly sampleRate: number;
  /** Messages are finished as soon as they were sent. */
  readonly isFinishing: boolean;
  readonly format: BodyFormat;
  readonly nodeId: number;
}

/** What a seat needs of those who keep the seats. */
export interface SeatKeeper {
  nowMs(): number;
  wallMs(): number;
  /** The seat is free; its channel may go with it. */
  left(seat: Seat): void;
}

/** One consumer. */
export class Seat implements Sink {
  nextOffset = 0;
  readonly consumer: Consumer;
  readonly topic: Topic;
  readonly channel: Channel;
  readonly #outlet: Outlet;
  readonly #client: SeatClient;
  readonly #settings: SeatSettings;
  readonly #keeper: SeatKeeper;
  readonly #connectedS: number;
  #sent: number[] = [];
  #hasLeft = false;

  constructor(
    place: { readonly topic: Topic; readonly channel: Channel },
    outlet: Outlet,
    client: SeatClient,
    settings: SeatSettings,
    keeper: SeatKeeper,
  ) {
    this.topic = place.topic;
    this.channel = place.channel;
    this.#outlet = outlet;
    this.#client = client;
    this.#settings = settings;
    this.#keeper = keeper;
    this.#connectedS = Math.floor(keeper.wallMs() / 1000);
    const { messageTimeoutMs, sampleRate } = settings;
    this.consumer = new Consumer(this, {
      messageTimeoutMs,
      sampleRate,
      locality: localities.global,
    });
    this.channel.addConsumer(this.consumer);
  }

  /** RDY: takes so many messages in flight. */
  setReadyCount(count: number): void {
    if (!this.#hasLeft) this.channel.setReadyCount(this.consumer, count);
  }

  /** The outlet has room again. */
  wake(): void {
    if (!this.#hasLeft) this.channel.wake(this.consumer);
  }

  get hasRoom(): boolean {
    return !this.#outlet.isFull;
  }

  send(batch: Batch, index: number, offset: number, count: number, attempts: number): number {
    let sent = 0;
    for (; sent < count && !this.#outlet.isFull; sent++) {
      this.#outlet.message(
        this.#json(batch, index + sent, attempts),
        this.#id(batch, index + sent),
      );
      if (this.#settings.isFinishing) this.#finishLater(batch.first + index + sent);
      offset += 4 + sizeAt(batch.bytes, offset);
    }
    this.nextOffset = offset;
    return sent;
  }

  #id(batch: Batch, index: number): string {
    return idText(this.#settings.nodeId, batch.first + index);
  }

  #json(batch: Batch, index: number, attempts: number): string {
    const members = {
      id: this.#id(batch, index),
      ...batch.foreign && { foreign_id: byteString(batch.foreign.id) },
      timestamp_ms: batch.wallMs,
      attempts,
    };
    return withBody(members, shownBody(bodyOf(batch, index), this.#settings.format));
  }

  /** It is not in flight before the channel has noted it, at the end of this call. */
  #finishLater(number: number): void {
    if (this.#sent.push(number) > 1) return;
    queueMicrotask(() => {
      const sent = this.#sent;
      this.#sent = [];
      const { nowMs, wallMs } = this.#now;
      for (const each of sent) this.channel.finish(this.consumer, each, nowMs, wallMs);
    });
  }

  get #now(): { nowMs: number; wallMs: number } {
    return { nowMs: this.#keeper.nowMs(), wallMs: this.#keeper.wallMs() };
  }

  /** FIN of a message that is in flight here; false when it is not. */
  finish(number: number): boolean {
    const { nowMs, wallMs } = this.#now;
    return this.channel.finish(this.consumer, number, nowMs, wallMs) === undefined;
  }

  /** REQ; see `finish`. */
  requeue(number: number, delayMs: number): boolean {
    return this.channel.requeue(this.consumer, number, delayMs, this.#now.nowMs) === undefined;
  }

  /** TOUCH; see `finish`. */
  touch(number: number): boolean {
    return this.channel.touch(this.consumer, number, this.#now.nowMs) === undefined;
  }

  /** See `Outlet.tick`. */
  tick(nowMs: number): void {
    this.#outlet.tick(nowMs);
  }

  /** Leaves the channel: the client is gone. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.channel.removeConsumer(this.consumer);
    this.#keeper.left(this);
  }

  close(): void {
    this.leave();
    this.#outlet.close();
  }

  describe(): ClientStats {
    const { consumer } = this;
    const { address, userAgent } = this.#client;
    const host = address.slice(0, Math.max(0, address.lastIndexOf(":")));
    return {
      client_id: host,
      hostname: host,
      version: "V2",
      remote_address: address,
      state: clientStates.subscribed,
      ready_count: consumer.readyCount,
      in_flight_count: consumer.inFlight.size,
      message_count: consumer.messageCount,
      finish_count: consumer.finishCount,
      requeue_count: consumer.requeueCount,
      connect_ts: this.#connectedS,
      sample_rate: consumer.sampleRate,
      deflate: false,
      snappy: false,
      user_agent: userAgent,
      topology_zone: "",
      topology_region: "",
      tls: false,
      tls_cipher_suite: "",
      tls_version: "",
      tls_negotiated_protocol: "",
      tls_negotiated_protocol_is_mutual: false,
    };
  }
}
