// Messages that come and go, so that a new user sees every kind of figure: depth that swells and drains, messages in
// flight, requeued and deferred ones, and a topic that nobody reads. Knows only where nsqd is.

import { pause, systemTimers } from "../../base/timers.ts";
import { VERSION } from "../../base/version.ts";
import { Consumer } from "../../client/consumer.ts";
import type { Message } from "../../client/message.ts";
import { Producer } from "../../client/producer.ts";

/** What is published to a topic. */
interface TopicTraffic {
  /** Of the whole rate. */
  readonly share: number;
  /** Of these, how many are for later. */
  readonly deferredShare: number;
  readonly channels: Readonly<Record<string, ChannelTraffic>>;
}

/** How the messages of a channel are handled. */
interface ChannelTraffic {
  readonly handlingMs: number;
  /** How much more than the topic's average its consumer can take; the traffic swells beyond the average. */
  readonly capacity: number;
  /** How many fail the first time. */
  readonly failedShare: number;
}

/** All topics of the traffic. */
export const SAMPLE_TOPICS = {
  orders: {
    share: 0.6,
    deferredShare: 0,
    channels: {
      billing: { handlingMs: 150, capacity: 4, failedShare: 0.05 },
      archive: { handlingMs: 250, capacity: 1.2, failedShare: 0 },
    },
  },
  mails: {
    share: 0.3,
    deferredShare: 0.2,
    channels: { send: { handlingMs: 300, capacity: 3, failedShare: 0.15 } },
  },
  audit: { share: 0.02, deferredShare: 0, channels: {} },
} as const satisfies Record<string, TopicTraffic>;

const TICK_MS = 100;
/** From one peak to the next. */
const WAVE_MS = 60_000;
/** How much of the average the rate rises and falls. */
const SWING = 0.8;
const DEFER_MS = 5_000;
const REQUEUE_MS = 3_000;
const STOP_MS_MAX = 2_000;

/** Publishers and consumers at work. */
export class SampleTraffic {
  readonly #perSecond: number;
  readonly #producer: Producer;
  readonly #consumers: readonly Consumer[];
  readonly #stopping = new AbortController();
  #publishing: Promise<void> | undefined;
  #count = 0;

  /** @param perSecond messages a second on average, over all topics */
  constructor(tcpAddress: string, perSecond: number) {
    this.#perSecond = perSecond;
    const userAgent = `nsqd-dev/${VERSION}`;
    this.#producer = new Producer({ address: tcpAddress, userAgent, clientId: "sample-publisher" });
    this.#consumers = Object.entries<TopicTraffic>(SAMPLE_TOPICS).flatMap(([topic, row]) =>
      Object.entries(row.channels).map(([channel, traffic]) =>
        new Consumer({
          topic,
          channel,
          addresses: [tcpAddress],
          userAgent,
          clientId: `sample-${channel}`,
          maxInFlight: inFlightFor(perSecond * row.share, traffic),
          maxAttempts: 0,
          stopMsMax: STOP_MS_MAX,
          handler: (message) => this.#handle(message, traffic),
        })
      )
    );
  }

  /** Begins; resolves when the consumers are connected. */
  async start(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.start()));
    this.#publishing = this.#publish();
  }

  /** Ends; what is in flight is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#publishing;
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    await this.#producer.close();
  }

  async #publish(): Promise<void> {
    const { signal } = this.#stopping;
    const due = new Map<string, number>();
    for (let elapsedMs = 0; !signal.aborted; elapsedMs += TICK_MS) {
      const wave = 1 + SWING * Math.sin(2 * Math.PI * elapsedMs / WAVE_MS);
      for (const [topic, row] of Object.entries<TopicTraffic>(SAMPLE_TOPICS)) {
        const count = (due.get(topic) ?? 0) + this.#perSecond * row.share * wave * TICK_MS / 1000;
        due.set(topic, count % 1);
        // A broker that is gone is told of elsewhere; one that comes back is published to again.
        await this.#publishSome(topic, Math.floor(count), row.deferredShare).catch(() => {});
      }
      await pause(systemTimers, TICK_MS, signal);
    }
  }

  async #publishSome(topic: string, count: number, deferredShare: number): Promise<void> {
    const bodies = Array.from({ length: count }, () => this.#body(topic));
    const later = bodies.filter(() => Math.random() < deferredShare);
    const atOnce = bodies.filter((body) => !later.includes(body));
    await this.#producer.publishAll(topic, atOnce);
    for (const body of later) await this.#producer.publishDeferred(topic, DEFER_MS, body);
  }

  #body(topic: string): string {
    const at = new Date().toISOString();
    return JSON.stringify({
      topic,
      number: ++this.#count,
      at,
      total: this.#count * 7 % 10_000 / 100,
    });
  }

  async #handle(message: Message, { handlingMs, failedShare }: ChannelTraffic): Promise<void> {
    await pause(systemTimers, handlingMs, this.#stopping.signal);
    // Not by throwing: that would have the consumer back off.
    if (message.attempts === 1 && Math.random() < failedShare) message.requeue(REQUEUE_MS);
  }
}

/** How many messages a consumer must have in flight for its capacity. */
function inFlightFor(perSecond: number, { handlingMs, capacity }: ChannelTraffic): number {
  return Math.max(1, Math.round(perSecond * capacity * handlingMs / 1000));
}
