// Publishing: the connection is made when it is needed and made again after it was lost.
// Knows nothing of retrying: who asked is told what became of it and decides.
// Invariant: every publish settles; commands leave in the order in which they were asked for.

import {
  deferredCommand,
  type MessageBody,
  publishAllCommand,
  publishCommand,
} from "./command_bytes.ts";
import { Connection } from "./connection.ts";
import {
  type ConnectionOptions,
  type ConnectionSettings,
  connectionSettings,
} from "./connection_options.ts";
import { NsqError } from "./nsq_error.ts";

/** Where a producer publishes, and how it introduces itself. */
export interface ProducerOptions extends ConnectionOptions {
  /** `host:port`, `[IPv6]:port` or the path of a unix socket. */
  readonly address: string;
}

/**
 * Publishes to one nsqd.
 *
 * ```ts
 * import { Producer } from "@nsqd/nsqd";
 *
 * const producer = new Producer({ address: "127.0.0.1:4150" });
 * await producer.publish("orders", "a first message");
 * await producer.publishAll("orders", ["a second", new Uint8Array([1, 2, 3])]);
 * await producer.publishDeferred("orders", 60_000, "in a minute");
 * await producer.close();
 * ```
 *
 * Each call resolves when the server has acknowledged, and may be made before the one before has. It rejects with an
 * `NsqError`, whose `isCertainlyNotTaken` tells whether publishing again could do so twice. Most errors end the
 * connection: calls behind the refused one reject too, the next call connects anew.
 */
export class Producer {
  /** Where it publishes. */
  readonly address: string;

  readonly #settings: ConnectionSettings;
  #connection: Promise<Connection> | undefined;
  #isClosed = false;
  readonly #pending = new Set<Promise<string>>();

  /** Connects at the first publish, or at `connect`. */
  constructor(options: ProducerOptions) {
    this.address = options.address;
    this.#settings = connectionSettings(options);
  }

  /**
   * Connects now, to learn of an unreachable server before the first message.
   * @throws {NsqError} BAD_ADDRESS, CONNECT_FAILED
   */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /** Publishes one message. The bytes must not change until this settles. */
  async publish(topic: string, body: MessageBody): Promise<void> {
    await this.#request(publishCommand(topic, body));
  }

  /** Publishes messages in one command: all of them are accepted or none. */
  async publishAll(topic: string, bodies: readonly MessageBody[]): Promise<void> {
    if (bodies.length > 0) await this.#request(publishAllCommand(topic, bodies));
  }

  /** Publishes a message to be delivered `delayMs` milliseconds later, an hour at most by default. */
  async publishDeferred(topic: string, delayMs: number, body: MessageBody): Promise<void> {
    await this.#request(deferredCommand(topic, delayMs, body));
  }

  /** Waits for what is under way, then closes. Publishing afterwards rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  async #request(command: Uint8Array): Promise<void> {
    const reply = this.#connected().then((connection) => connection.request(command));
    this.#pending.add(reply);
    try {
      await reply;
    } finally {
      this.#pending.delete(reply);
    }
  }

  #connected(): Promise<Connection> {
    if (this.#isClosed) {
      return Promise.reject(new NsqError("CLOSED", "This producer was closed."));
    }
    if (this.#connection !== undefined) return this.#connection;
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    const opening = Connection.open(this.address, this.#settings, { onEnd: forget });
    opening.catch(forget);
    this.#connection = opening;
    return opening;
  }
}
