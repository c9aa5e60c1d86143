/**
 * nsqd for Deno: NSQ, the realtime messaging platform.
 *
 * Run, it is the command line: `nsqd`, `nsqlookupd`, `nsq_pub`, `nsq_tail` and their kin. Imported, it is a client library.
 *
 * ```ts
 * import { Consumer, Producer } from "@nsqd/nsqd";
 *
 * const producer = new Producer({ address: "127.0.0.1:4150" });
 * await producer.publish("greetings", "hello");
 * await producer.close();
 *
 * const consumer = new Consumer({ topic: "greetings", channel: "archive", addresses: ["127.0.0.1:4150"] });
 * for await (const message of consumer) {
 *   message.finish();
 *   break;
 * }
 * await consumer.stop();
 * ```
 *
 * @module
 */

export type { Timers } from "./src/base/timers.ts";
export { Broker, type BrokerInputs, StartError } from "./src/broker.ts";
export type { BackoffSettings, BackoffStrategy } from "./src/client/backoff.ts";
export type { MessageBody } from "./src/client/command_bytes.ts";
export type { ConnectionOptions } from "./src/client/connection_options.ts";
export { Consumer } from "./src/client/consumer.ts";
export type {
  AddressSource,
  ConsumerEvent,
  ConsumerOptions,
  MessageHandler,
} from "./src/client/consumer_options.ts";
export { findServers, findTopics, type LookupSettings } from "./src/client/discovery.ts";
export type { Message } from "./src/client/message.ts";
export { NsqError, type NsqErrorCode } from "./src/client/nsq_error.ts";
export { Producer, type ProducerOptions } from "./src/client/producer.ts";
export type { TlsClientSettings } from "./src/transport/tls_client.ts";

if (import.meta.main) await import("./src/command_line/main.ts");
