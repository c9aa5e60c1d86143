// What a consumer is told at the start, with defaults, and what it tells while it runs.
// The defaults are those NSQ's clients share.

import type { BackoffSettings } from "./backoff.ts";
import {
  type ConnectionOptions,
  type ConnectionSettings,
  connectionSettings,
} from "./connection_options.ts";
import { findServers } from "./discovery.ts";
import type { Message } from "./message.ts";
import type { NsqError } from "./nsq_error.ts";

const DISCOVERY_LIMIT_MS = 5_000;

/**
 * Where the servers are: their addresses, or a function that finds them. A function is asked at the start, every
 * `discoveryIntervalMs`, and after a connection is lost.
 */
export type AddressSource =
  | readonly string[]
  | (() => readonly string[] | Promise<readonly string[]>);

/**
 * Handles one message: returning finishes it, throwing requeues it and has the consumer go slower, unless it was answered
 * already. One that the handler itself requeues counts as neither.
 */
export type MessageHandler = (message: Message) => void | Promise<void>;

/** What happens to a consumer beside its messages. */
export type ConsumerEvent =
  | { readonly kind: "connected"; readonly address: string }
  | { readonly kind: "disconnected"; readonly address: string; readonly error: NsqError }
  | { readonly kind: "connect failed"; readonly address: string; readonly error: unknown }
  | { readonly kind: "discovery failed"; readonly error: unknown }
  | { readonly kind: "backoff"; readonly level: number; readonly pauseMs: number }
  | { readonly kind: "handler failed"; readonly message: Message; readonly error: unknown }
  | { readonly kind: "gave up"; readonly message: Message }
  | { readonly kind: "answer refused"; readonly error: NsqError };

/** How a consumer behaves; times in milliseconds. */
export interface ConsumerOptions extends ConnectionOptions, Partial<BackoffSettings> {
  /** What to read. */
  readonly topic: string;
  /** Which copy of it; consumers of one channel share its messages. */
  readonly channel: string;
  /** Where the servers are: this, or `lookupdHttpAddresses`. */
  readonly addresses?: AddressSource;
  /** nsqlookupds to ask for servers, `host:port` of their HTTP. */
  readonly lookupdHttpAddresses?: readonly string[];
  /** Handles the messages; without it, iterate over the consumer. */
  readonly handler?: MessageHandler;
  /** Hears what happens beside messages, the errors of the handler included: without it nobody does. */
  readonly onEvent?: (event: ConsumerEvent) => void;
  /** How many messages may be in flight over all connections; 1. */
  readonly maxInFlight?: number;
  /** After so many attempts a message is finished unhandled; 5, and 0 is no limit. */
  readonly maxAttempts?: number;
  /** A failed message is delivered again after this times its attempts; 90,000. */
  readonly defaultRequeueDelayMs?: number;
  /** But not later than this; 900,000. */
  readonly maxRequeueDelayMs?: number;
  /** The wait before the first reconnection; it doubles up to `reconnectDelayMsMax`. 1,000. */
  readonly reconnectDelayMs?: number;
  /** The longest wait before a reconnection; 60,000. */
  readonly reconnectDelayMsMax?: number;
  /** How often nsqlookupds, or a function in `addresses`, are asked; 60,000. */
  readonly discoveryIntervalMs?: number;
  /** So much later they are asked at most, as a part of the interval, so that many consumers do not ask in step; 0.3. */
  readonly discoveryJitter?: number;
  /** How long an nsqlookupd may take to answer; 5,000. */
  readonly discoveryLimitMs?: number;
  /** Whether `authSecret` is sent to the nsqlookupds as well, in plain text over HTTP; false. */
  readonly isSecretToldToLookupds?: boolean;
  /**
   * How long a turn lasts when there are more connections than `maxInFlight`; 5,000. It is a fifth of that where no message
   * comes.
   */
  readonly redistributeIntervalMs?: number;
  /** How long `stop` waits for messages in flight before it hands them back; 30,000. */
  readonly stopMsMax?: number;
  /** A number from 0 to below 1, different each time; for tests. */
  readonly random?: () => number;
}

/** Options with every field present. */
export type ConsumerSettings =
  & Required<
    Omit<
      ConsumerOptions,
      keyof ConnectionOptions | "handler" | "lookupdHttpAddresses" | "isSecretToldToLookupds"
    >
  >
  & {
    readonly handler: MessageHandler | undefined;
    readonly connection: ConnectionSettings;
    /** Whether nsqlookupds say where servers are: what they say may be old, and is no reason to give up. */
    readonly isLookedUp: boolean;
  };

/**
 * The options, with defaults where none is given.
 * @throws {TypeError} when nothing says where the servers are, or both options do
 */
export function consumerSettings(options: ConsumerOptions): ConsumerSettings {
  return {
    topic: options.topic,
    channel: options.channel,
    addresses: addressSource(options),
    isLookedUp: (options.lookupdHttpAddresses ?? []).length > 0,
    handler: options.handler,
    onEvent: options.onEvent ?? (() => {}),
    connection: connectionSettings(options),
    maxInFlight: options.maxInFlight ?? 1,
    maxAttempts: options.maxAttempts ?? 5,
    defaultRequeueDelayMs: options.defaultRequeueDelayMs ?? 90_000,
    maxRequeueDelayMs: options.maxRequeueDelayMs ?? 900_000,
    backoffMultiplierMs: options.backoffMultiplierMs ?? 1_000,
    maxBackoffMs: options.maxBackoffMs ?? 120_000,
    backoffStrategy: options.backoffStrategy ?? "exponential",
    reconnectDelayMs: options.reconnectDelayMs ?? 1_000,
    reconnectDelayMsMax: options.reconnectDelayMsMax ?? 60_000,
    discoveryIntervalMs: options.discoveryIntervalMs ?? 60_000,
    discoveryJitter: options.discoveryJitter ?? 0.3,
    discoveryLimitMs: options.discoveryLimitMs ?? DISCOVERY_LIMIT_MS,
    redistributeIntervalMs: options.redistributeIntervalMs ?? 5_000,
    stopMsMax: options.stopMsMax ?? 30_000,
    random: options.random ?? Math.random,
  };
}

function addressSource(options: ConsumerOptions): AddressSource {
  const { addresses, lookupdHttpAddresses = [], topic } = options;
  if ((addresses === undefined) === (lookupdHttpAddresses.length === 0)) {
    throw new TypeError("A consumer needs either addresses or lookupdHttpAddresses.");
  }
  const settings = {
    lookupds: lookupdHttpAddresses,
    limitMs: options.discoveryLimitMs ?? DISCOVERY_LIMIT_MS,
    secret: options.isSecretToldToLookupds ? options.authSecret ?? "" : "",
  };
  return addresses ?? (() => findServers(topic, settings));
}
