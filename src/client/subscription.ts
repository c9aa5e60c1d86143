// One connection of a consumer: subscribed to its channel, with a ready count and the messages in flight on it.
// Knows neither the other connections nor what is done with messages.
// Invariant: what is in flight here was handed up and is not answered; after the end answers go nowhere.

import { CLS, readyCommand, subscribeCommand } from "./command_bytes.ts";
import { Connection } from "./connection.ts";
import type { ConnectionSettings } from "./connection_options.ts";
import { Message, type MessageSource } from "./message.ts";
import type { NsqError } from "./nsq_error.ts";
import type { TurnMember } from "./turns.ts";

/** What a subscription tells its owner. */
export interface SubscriptionOwner {
  /** A message arrived. */
  onMessage(message: Message): void;
  /** A message was answered. */
  onAnswer(): void;
  /** The server refused an answer, most often because it came after the message's timeout. */
  onRefusal(error: NsqError): void;
  /** The connection has ended; undefined when it was closed by us. */
  onEnd(subscription: Subscription, error: NsqError | undefined): void;
}

const STARVED_SHARE = 0.85;

/** A subscribed connection. */
export class Subscription implements MessageSource, TurnMember {
  /** Where it is connected to. */
  readonly address: string;

  readonly #owner: SubscriptionOwner;
  #connection: Connection | undefined;
  readonly #inFlight = new Set<Message>();
  #readyCount = 0;
  #hasReceived = false;
  #isEnded = false;

  private constructor(address: string, owner: SubscriptionOwner) {
    this.address = address;
    this.#owner = owner;
  }

  /**
   * Connects and subscribes; nothing is delivered before `setReady`.
   * @throws {NsqError} what connecting throws, E_BAD_TOPIC, E_BAD_CHANNEL, E_SUB_FAILED
   */
  static async open(
    address: string,
    topic: string,
    channel: string,
    settings: ConnectionSettings,
    owner: SubscriptionOwner,
  ): Promise<Subscription> {
    const command = subscribeCommand(topic, channel);
    const subscription = new Subscription(address, owner);
    let isSubscribed = false;
    const connection = await Connection.open(address, settings, {
      onMessage: (reader) => subscription.#onMessage(new Message(reader.copyData(), subscription)),
      onRefusal: (error) => owner.onRefusal(error),
      onEnd: (error) => {
        subscription.#isEnded = true;
        if (isSubscribed) owner.onEnd(subscription, error);
      },
    });
    subscription.#connection = connection;
    await connection.requestWithin(command, settings.dialTimeoutMs);
    isSubscribed = true;
    return subscription;
  }

  /** How many messages handed up here have not been answered; 0 after the end. */
  get inFlight(): number {
    return this.#isEnded ? 0 : this.#inFlight.size;
  }

  /** Whether nearly all that may be in flight here is: nothing much comes before something is answered. */
  get isStarved(): boolean {
    return this.inFlight > 0 && this.inFlight >= this.#readyCount * STARVED_SHARE;
  }

  /** Whether a message has come since this was asked last. */
  hasReceived(): boolean {
    const hasReceived = this.#hasReceived;
    this.#hasReceived = false;
    return hasReceived;
  }

  /** Whether the connection has ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The largest ready count the server takes. */
  get maxRdyCount(): number {
    return this.#connection?.features.maxRdyCount ?? 0;
  }

  /** Lets the server keep `count` messages in flight here; nothing is sent when it knows that already. */
  setReady(count: number): void {
    if (count === this.#readyCount) return;
    this.#readyCount = count;
    this.send(readyCommand(count));
  }

  /** Asks for no more messages, and resolves when the last one has arrived. */
  async stopReceiving(): Promise<void> {
    // Whatever ends the connection also ends the messages.
    await this.#connection?.request(CLS).catch(() => {});
  }

  /** Hands back what is in flight: later answers of those who hold it do nothing. */
  requeueAll(): void {
    for (const message of this.#inFlight) message.requeue();
  }

  /** Sends the answers that are left and closes. */
  async close(): Promise<void> {
    await this.#connection?.close();
  }

  /** Called by messages. */
  answer(message: Message, command: Uint8Array): void {
    if (this.#isEnded) return;
    this.#inFlight.delete(message);
    this.send(command);
    this.#owner.onAnswer();
  }

  /** Called by messages. */
  send(command: Uint8Array): void {
    this.#connection?.send(command);
  }

  #onMessage(message: Message): void {
    this.#hasReceived = true;
    this.#inFlight.add(message);
    this.#owner.onMessage(message);
  }
}
