// All consumers over HTTP: how many there may be, who has a message in flight, and the shared seats of those who poll.

import type { Clock } from "../base/clock.ts";
import type { Channel } from "../queue/channel.ts";
import type { Topic } from "../queue/topic.ts";
import type { Topics } from "../queue/topics.ts";
import { HttpError } from "./http_errors.ts";
import { PollOutlet } from "./poll_outlet.ts";
import { type Outlet, Seat, type SeatClient, type SeatKeeper, type SeatSettings } from "./seat.ts";

/** How many consumers there may be; 0 is any number. */
export interface ConsumerLimits {
  readonly seatsMax: number;
  /** Of one channel, those over TCP counted. */
  readonly perChannelMax: number;
}

/** Where somebody consumes. */
export interface Place {
  readonly topic: Topic;
  readonly channel: Channel;
}

/** The consumers over HTTP. */
export class HttpConsumers implements SeatKeeper {
  readonly #topics: Topics;
  readonly #clock: Clock;
  readonly #limits: ConsumerLimits;
  readonly #seats = new Set<Seat>();
  readonly #polls = new Map<Channel, PollOutlet[]>();
  #isClosed = false;

  constructor(topics: Topics, clock: Clock, limits: ConsumerLimits) {
    this.#topics = topics;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many there are; all who poll a channel alike are one. */
  get count(): number {
    return this.#seats.size;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  /** Takes a seat in a channel. Throws HttpError `TOO_MANY_CONSUMERS`. */
  join(place: Place, outlet: Outlet, client: SeatClient, settings: SeatSettings): Seat {
    this.requireRoom(place);
    const seat = new Seat(place, outlet, client, settings, this);
    this.#seats.add(seat);
    return seat;
  }

  /** Throws HttpError `TOO_MANY_CONSUMERS` when nobody else may join. */
  requireRoom({ channel }: Place): void {
    const { seatsMax, perChannelMax } = this.#limits;
    const isFull = seatsMax > 0 && this.#seats.size >= seatsMax;
    const isCrowded = perChannelMax > 0 && channel.consumers.size >= perChannelMax;
    if (isFull || isCrowded || this.#isClosed) throw new HttpError("TOO_MANY_CONSUMERS");
  }

  /** The seat of all who poll a channel with these settings, taken where there is none. Throws as `join`. */
  poll(place: Place, client: SeatClient, settings: SeatSettings): PollOutlet {
    const polls = this.#polls.get(place.channel) ?? [];
    const known = polls.find((poll) => poll.hasSettings(settings));
    if (known !== undefined) return known;
    const poll = new PollOutlet(settings, this.#clock);
    poll.seat = this.join(place, poll, client, settings);
    this.#polls.set(place.channel, [...polls, poll]);
    return poll;
  }

  /** Who has message `number` of a channel in flight; undefined when no consumer over HTTP has. */
  holder(channel: Channel, number: number): Seat | undefined {
    for (const { sink, inFlight } of channel.consumers) {
      if (sink instanceof Seat && inFlight.find(number) !== undefined) return sink;
    }
    return undefined;
  }

  left(seat: Seat): void {
    const { topic, channel } = seat;
    this.#seats.delete(seat);
    const polls = (this.#polls.get(channel) ?? []).filter((poll) => poll.seat !== seat);
    if (polls.length > 0) this.#polls.set(channel, polls);
    else this.#polls.delete(channel);
    if (channel.isEphemeral && channel.consumers.size === 0 && !channel.isDeleted) {
      this.#topics.deleteChannel(topic, channel);
    }
  }

  /** To be called about once a second. */
  tick(): void {
    const nowMs = this.#clock.nowMs();
    for (const seat of [...this.#seats]) seat.tick(nowMs);
  }

  /** The broker stops: everybody is sent away. */
  close(): void {
    this.#isClosed = true;
    for (const seat of [...this.#seats]) seat.close();
  }
}
