/**
 * Load on a cluster, and the books about it: publishers that note what was acknowledged, consumers of our library that find
 * their nsqd's through the nsqlookupds alone and note what came, and how often everybody connected.
 */
import { Consumer } from "../../src/client/consumer.ts";
import type { ConsumerEvent } from "../../src/client/consumer_options.ts";
import { Producer } from "../../src/client/producer.ts";
import { sleep } from "../soak/random.ts";
import type { Seat } from "./members.ts";

/** What is published to; consumers share a channel of it. */
export const TOPIC = "orders";
/** The channel of `TOPIC` that consumers share. */
export const CHANNEL = "archive";
const PUBLISH_PAUSE_MS = 5;
const RETRY_PAUSE_MS = 200;
const HANDLING_MS_MAX = 3;
/** How consumers are set: as patient as usual, but they look for nsqd's more often than once a minute. */
const CONSUMER_TIMES = {
  discoveryIntervalMs: 500,
  heartbeatIntervalMs: 1_000,
  readTimeoutMs: 4_000,
  dialTimeoutMs: 2_000,
  reconnectDelayMs: 500,
  reconnectDelayMsMax: 2_000,
};

/** Publishes to the nsqd of a seat, whoever sits there, until told to stop. */
export class SeatPublisher {
  readonly #seat: Seat;
  readonly #acknowledged: Set<string>;
  readonly #name: string;
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(seat: Seat, name: string, acknowledged: Set<string>) {
    this.#seat = seat;
    this.#name = name;
    this.#acknowledged = acknowledged;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    let producer: Producer | undefined;
    for (let number = 0; !this.#isOver; number++) {
      const { daemon } = this.#seat;
      if (producer?.address !== daemon.tcpAddress) {
        void producer?.close().catch(() => {});
        producer = new Producer({ address: daemon.tcpAddress, dialTimeoutMs: 1_000 });
      }
      const body = `${this.#name}-${number}`;
      // A frozen or cut off server answers nothing: what it was sent may count later, and is not counted here.
      const isTaken = await Promise.race([
        producer.publish(TOPIC, body).then(() => true, () => false),
        sleep(1_000).then(() => undefined),
      ]);
      if (isTaken) this.#acknowledged.add(body);
      if (isTaken === undefined) {
        void producer.close().catch(() => {});
        producer = undefined;
      }
      await sleep(isTaken ? PUBLISH_PAUSE_MS : RETRY_PAUSE_MS);
    }
    await Promise.race([producer?.close().catch(() => {}), sleep(1_000)]);
  }

  /** Publishes no more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }
}

/** Consumers that share a channel, and what came to them. */
export class Audience {
  /** How often each body was handled. */
  readonly came = new Map<string, number>();
  readonly events: ConsumerEvent[] = [];
  readonly #consumers: Consumer[];

  constructor(count: number, lookupdHttpAddresses: readonly string[]) {
    this.#consumers = Array.from({ length: count }, () =>
      new Consumer({
        topic: TOPIC,
        channel: CHANNEL,
        lookupdHttpAddresses,
        maxInFlight: 30,
        maxAttempts: 0,
        ...CONSUMER_TIMES,
        onEvent: (event) => void this.events.push(event),
        handler: async (message) => {
          const body = message.text();
          await sleep(Math.random() * HANDLING_MS_MAX);
          this.came.set(body, (this.came.get(body) ?? 0) + 1);
        },
      }));
  }

  /** Begins to consume. */
  async start(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.start()));
  }

  /** How many events were of this kind. */
  count(kind: ConsumerEvent["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
  }
}
