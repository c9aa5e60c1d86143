// Sends batches of messages to one or several servers in turn, a bounded number at a time, and decides what to do about
// each failure:
//   - the server refused the batch before taking any of it: what is too big is reported, the rest is sent again;
//   - it was behind a refused one, or no connection could be made: it is sent again, if need be elsewhere;
//   - nobody knows (the connection was lost before the reply): it is reported, never sent twice;
//   - no message would fare better (a bad topic, no permission): everything stops.
// Invariant: a message is acknowledged or failed in the report exactly once, and published at most once by our doing.

import { NsqError, type NsqErrorCode } from "../client/nsq_error.ts";
import type { Producer } from "../client/producer.ts";
import { type OutgoingMessage, type PublishReport, wordFor } from "./publish_report.ts";

/** How to send. */
export interface SendingSettings {
  readonly topic: string;
  /** Delay of every message in milliseconds; 0 for none. */
  readonly deferMs: number;
  /** The server's limit as far as we know; it is lowered when the server says otherwise. */
  readonly maxMsgSize: number;
}

interface Lane {
  readonly producer: Producer;
  failuresInRow: number;
  /** Told to every batch that a lost connection takes along: it counts as one failure. */
  lastFailure: NsqError | undefined;
  isDead: boolean;
}

/** Together with a batch of a megabyte this bounds memory. */
const BATCHES_UNDER_WAY_MAX = 16;
const DEFERRED_UNDER_WAY_MAX = 1000;
const FAILURES_IN_ROW_MAX = 3;

/** Errors that every further message would meet as well. */
const HOPELESS: ReadonlySet<NsqErrorCode> = new Set<NsqErrorCode>([
  "E_INVALID",
  "E_BAD_TOPIC",
  "E_AUTH_FIRST",
  "E_AUTH_FAILED",
  "E_UNAUTHORIZED",
]);

/** Sends batches. */
export class BatchSender {
  readonly #settings: SendingSettings;
  readonly #report: PublishReport;
  readonly #lanes: readonly Lane[];
  #turn = 0;
  #maxMsgSize: number;
  readonly #stopping = new AbortController();
  #stopReason = "";
  #underWay = 0;
  #onRoom = () => {};
  #bug: unknown;

  constructor(producers: readonly Producer[], settings: SendingSettings, report: PublishReport) {
    this.#lanes = producers.map((producer) => (
      { producer, failuresInRow: 0, lastFailure: undefined, isDead: false }
    ));
    this.#settings = settings;
    this.#report = report;
    this.#maxMsgSize = settings.maxMsgSize;
  }

  /** Aborted when there is no point in sending more. */
  get stopped(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The largest message the server is known to take. */
  get maxMsgSize(): number {
    return this.#maxMsgSize;
  }

  /** Connects everywhere, so that a server that cannot be reached is known before the first message is read. */
  async connect(): Promise<void> {
    await Promise.all(this.#lanes.map(async (lane) => {
      try {
        await lane.producer.connect();
      } catch (error) {
        if (!(error instanceof NsqError)) throw error;
        this.#bury(lane, error);
      }
    }));
  }

  /** Sends a batch; resolves as soon as there is room for another. */
  async send(batch: readonly OutgoingMessage[]): Promise<void> {
    const isDeferred = this.#settings.deferMs > 0;
    const parts = isDeferred ? batch.map((message) => [message]) : [batch];
    const underWayMax = isDeferred ? DEFERRED_UNDER_WAY_MAX : BATCHES_UNDER_WAY_MAX;
    for (const part of parts) {
      this.#underWay++;
      void this.#deliver(part).catch((error) => this.#bug ??= error).then(() =>
        this.#onDelivered()
      );
      while (this.#underWay >= underWayMax) await this.#somethingDelivered();
    }
  }

  /** Resolves when every batch is acknowledged or failed. */
  async finish(): Promise<void> {
    while (this.#underWay > 0) await this.#somethingDelivered();
  }

  /** Resolves after the next delivery; throws what no delivery may throw. */
  async #somethingDelivered(): Promise<void> {
    await new Promise<void>((resolve) => this.#onRoom = resolve);
    if (this.#bug !== undefined) throw this.#bug;
  }

  #onDelivered(): void {
    this.#underWay--;
    this.#onRoom();
  }

  async #deliver(messages: readonly OutgoingMessage[]): Promise<void> {
    for (;;) {
      const batch = this.#withoutTooBig(messages);
      if (batch.length === 0) return;
      const lane = this.#nextLane();
      if (this.stopped.aborted || lane === undefined) {
        return this.#failEach(batch, this.#stopReason);
      }
      try {
        await this.#publish(lane.producer, batch);
        lane.failuresInRow = 0;
        return this.#report.acknowledge(batch);
      } catch (error) {
        if (!(error instanceof NsqError)) throw error;
        if (HOPELESS.has(error.code)) this.#stop(error.message);
        else if (!error.isCertainlyNotTaken) return this.#lose(lane, batch, error);
        else if (!isAboutSize(error)) this.#putAside(lane, error);
        else if (!this.#learnLimit(batch, error)) return await this.#deliverOneByOne(batch, error);
        messages = batch;
      }
    }
  }

  #publish(producer: Producer, batch: readonly OutgoingMessage[]): Promise<void> {
    const { topic, deferMs } = this.#settings;
    const first = batch[0]!.body;
    if (deferMs > 0) return producer.publishDeferred(topic, deferMs, first);
    if (batch.length === 1) return producer.publish(topic, first);
    return producer.publishAll(topic, batch.map(({ body }) => body));
  }

  #nextLane(): Lane | undefined {
    for (let tried = 0; tried < this.#lanes.length; tried++) {
      const lane = this.#lanes[this.#turn++ % this.#lanes.length]!;
      if (!lane.isDead) return lane;
    }
    return undefined;
  }

  #withoutTooBig(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
    const isTooBig = ({ body }: OutgoingMessage) => body.length > this.#maxMsgSize;
    if (!messages.some(isTooBig)) return messages;
    for (const { origin, number, body } of messages.filter(isTooBig)) {
      this.failTooBig(origin, number, body.length);
    }
    return messages.filter((message) => !isTooBig(message));
  }

  /** Takes the server's limit from its refusal; false when that explains nothing about this batch. */
  #learnLimit(batch: readonly OutgoingMessage[], error: NsqError): boolean {
    const limit = Number(/message too big \d+ > (\d+)/.exec(error.message)?.[1] ?? Infinity);
    this.#maxMsgSize = Math.min(this.#maxMsgSize, limit);
    return batch.some(({ body }) => body.length > this.#maxMsgSize);
  }

  /** A refused MPUB has no effect at all, so sending its messages again doubles none. */
  async #deliverOneByOne(batch: readonly OutgoingMessage[], error: NsqError): Promise<void> {
    if (batch.length === 1) return this.#failEach(batch, error.message);
    await Promise.all(batch.map((message) => this.#deliver([message])));
  }

  /** Reports a message that is larger than the server takes. */
  failTooBig(origin: OutgoingMessage["origin"], number: number, totalBytes: number): void {
    const place = origin.file === undefined ? "" : `${origin.file}: `;
    const text =
      `${place}${wordFor(origin.unit, 1)} ${number} has ${totalBytes} bytes, more than ` +
      `the ${this.#maxMsgSize} nsqd takes in a message (its --max-msg-size; tell nsq_pub by the same flag)`;
    this.#report.fail(origin, number, text);
  }

  #lose(lane: Lane, batch: readonly OutgoingMessage[], error: NsqError): void {
    this.#failEach(batch, error.message);
    if (lane.lastFailure === error) return;
    lane.lastFailure = error;
    if (++lane.failuresInRow >= FAILURES_IN_ROW_MAX) this.#bury(lane, error);
  }

  /** Behind a refused batch the connection is made anew; where none can be made, nothing more goes this way. */
  #putAside(lane: Lane, error: NsqError): void {
    if (error.code !== "CONNECTION_LOST") this.#bury(lane, error);
  }

  #bury(lane: Lane, error: NsqError): void {
    lane.isDead = true;
    this.#report.note(error.message);
    if (this.#lanes.every(({ isDead }) => isDead)) this.#stop(error.message);
  }

  #stop(reason: string): void {
    this.#stopReason = reason;
    this.#stopping.abort();
  }

  #failEach(batch: readonly OutgoingMessage[], reason: string): void {
    for (const { origin, number } of batch) this.#report.fail(origin, number, reason);
  }
}

function isAboutSize(error: NsqError): boolean {
  return error.code === "E_BAD_MESSAGE" || error.code === "E_BAD_BODY";
}
