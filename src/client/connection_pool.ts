// A consumer's connections: one to each known address, made again after it was lost, asked about new addresses now
// and then. Knows nothing of messages and ready counts.
// Invariant: an address has at most one connection, or one attempt, or one timer for the next attempt.

import type { ConsumerSettings } from "./consumer_options.ts";
import type { NsqError } from "./nsq_error.ts";
import { Subscription, type SubscriptionOwner } from "./subscription.ts";

interface Link {
  readonly address: string;
  failures: number;
  subscription: Subscription | undefined;
  attempt: Promise<void> | undefined;
  cancelRetry: () => void;
}

/** What a pool tells its owner. */
export interface PoolOwner extends Omit<SubscriptionOwner, "onEnd"> {
  /** Connections came or went. */
  onConnectionsChange(): void;
}

/** All connections of a consumer. */
export class ConnectionPool {
  readonly #settings: ConsumerSettings;
  readonly #owner: PoolOwner;
  readonly #links = new Map<string, Link>();
  #isStopping = false;
  #discoveryFailures = 0;
  #cancelDiscovery = () => {};

  constructor(settings: ConsumerSettings, owner: PoolOwner) {
    this.#settings = settings;
    this.#owner = owner;
  }

  /** The connections that stand, in the order in which their addresses became known. */
  get subscriptions(): Subscription[] {
    return [...this.#links.values()].flatMap((link) => link.subscription ?? []);
  }

  /**
   * Connects to every address.
   * @throws {NsqError} when there are addresses and none of them takes us, unless nsqlookupds gave them; the first
   * one's reason
   */
  async start(): Promise<void> {
    const errors: unknown[] = [];
    await this.#discover((error) => errors.push(error));
    if (this.#settings.isLookedUp || this.#isStopping) return;
    if (this.subscriptions.length === 0 && errors.length > 0) throw errors[0];
  }

  /** Makes no more connections, and waits for attempts under way. */
  async stopConnecting(): Promise<void> {
    this.#isStopping = true;
    this.#cancelDiscovery();
    for (const link of this.#links.values()) link.cancelRetry();
    await Promise.all([...this.#links.values()].map((link) => link.attempt));
  }

  async #discover(onFailure: (error: unknown) => void = () => {}): Promise<void> {
    this.#cancelDiscovery();
    const { addresses, onEvent } = this.#settings;
    try {
      const known = typeof addresses === "function" ? await addresses() : addresses;
      if (this.#isStopping) return;
      this.#discoveryFailures = 0;
      this.#forgetAllBut(new Set(known));
      this.#scheduleDiscovery();
      const fresh = known.filter((address) => !this.#links.has(address));
      await Promise.all([...new Set(fresh)].map((address) => this.#add(address, onFailure)));
    } catch (error) {
      if (this.#isStopping) return;
      onEvent({ kind: "discovery failed", error });
      this.#scheduleDiscovery(this.#discoveryRetryMs());
    }
  }

  #discoveryRetryMs(): number {
    const { reconnectDelayMs, discoveryIntervalMs } = this.#settings;
    return Math.min(reconnectDelayMs * 2 ** this.#discoveryFailures++, discoveryIntervalMs);
  }

  #scheduleDiscovery(intervalMs = this.#settings.discoveryIntervalMs): void {
    const { addresses, random, connection, discoveryJitter } = this.#settings;
    if (typeof addresses !== "function" || this.#isStopping) return;
    this.#cancelDiscovery();
    const delayMs = intervalMs * (1 + discoveryJitter * random());
    this.#cancelDiscovery = connection.timers.after(delayMs, () => this.#discover());
  }

  /** What is no longer announced is let go, unless it is connected: then it evidently lives. */
  #forgetAllBut(known: ReadonlySet<string>): void {
    for (const link of [...this.#links.values()]) {
      if (known.has(link.address) || link.subscription || link.attempt) continue;
      link.cancelRetry();
      this.#links.delete(link.address);
    }
  }

  #add(address: string, onFailure: (error: unknown) => void): Promise<void> {
    const link: Link = {
      address,
      failures: 0,
      subscription: undefined,
      attempt: undefined,
      cancelRetry: () => {},
    };
    this.#links.set(address, link);
    return this.#connect(link, onFailure);
  }

  #connect(link: Link, onFailure: (error: unknown) => void = () => {}): Promise<void> {
    link.attempt = this.#attempt(link, onFailure).finally(() => link.attempt = undefined);
    return link.attempt;
  }

  async #attempt(link: Link, onFailure: (error: unknown) => void): Promise<void> {
    const { topic, channel, connection, onEvent } = this.#settings;
    const { address } = link;
    const owner: SubscriptionOwner = {
      onMessage: (message) => this.#owner.onMessage(message),
      onAnswer: () => this.#owner.onAnswer(),
      onRefusal: (error) => this.#owner.onRefusal(error),
      onEnd: (_, error) => this.#onEnd(link, error),
    };
    try {
      const subscription = await Subscription.open(address, topic, channel, connection, owner);
      if (this.#isStopping) return await subscription.close();
      link.failures = 0;
      link.subscription = subscription;
      onEvent({ kind: "connected", address });
      this.#owner.onConnectionsChange();
    } catch (error) {
      onFailure(error);
      onEvent({ kind: "connect failed", address, error });
      this.#scheduleRetry(link);
    }
  }

  #onEnd(link: Link, error: NsqError | undefined): void {
    link.subscription = undefined;
    if (error) this.#settings.onEvent({ kind: "disconnected", address: link.address, error });
    this.#owner.onConnectionsChange();
    this.#scheduleRetry(link);
    // It may have moved. Many connections lost at once ask once.
    this.#scheduleDiscovery(this.#settings.reconnectDelayMs);
  }

  #scheduleRetry(link: Link): void {
    if (this.#isStopping) return;
    const { reconnectDelayMs, reconnectDelayMsMax, random, connection } = this.#settings;
    const delayMs = Math.min(reconnectDelayMs * 2 ** link.failures, reconnectDelayMsMax);
    link.failures++;
    link.cancelRetry = connection.timers.after(delayMs * (1 + 0.3 * random()), () => {
      this.#connect(link);
    });
  }
}
