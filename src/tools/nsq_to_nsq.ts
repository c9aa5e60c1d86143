// nsq_to_nsq: publishes the messages of topics to other brokers. A message is finished when its destination has it;
// what fails is requeued, and failures make it go slower.

import { reasonOf } from "../base/system_error.ts";
import { VERSION } from "../base/version.ts";
import type { Message } from "../client/message.ts";
import { Producer } from "../client/producer.ts";
import { connectionOptionsOf } from "./client_options.ts";
import { Consuming } from "./consuming.ts";
import { DeliveryTargets } from "./delivery_targets.ts";
import { filtered } from "./json_filter.ts";
import { type NsqToNsqSettings, nsqToNsqSettings, nsqToNsqTable } from "./nsq_to_nsq_options.ts";
import { type ProcessStreams, withProcessStreams } from "./process_streams.ts";
import { datedLog, type ToolLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_to_nsq is, for its help. */
const nsqToNsqTool = {
  program: "nsq_to_nsq",
  about: "Publishes the messages of topics to other brokers.",
  table: nsqToNsqTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runNsqToNsq(argv, streams));
}

/** Runs the tool in given surroundings. */
export function runNsqToNsq(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(nsqToNsqTool, argv, streams, async (words) => {
    return await new Relay(nsqToNsqSettings(words), streams).run();
  });
}

/** One run of nsq_to_nsq. */
class Relay {
  readonly #settings: NsqToNsqSettings;
  readonly #log: ToolLog;
  readonly #targets: DeliveryTargets;
  readonly #producers: readonly Producer[];
  readonly #consuming: Consuming;
  readonly #counts = { messages: 0, bytes: 0 };

  constructor(settings: NsqToNsqSettings, streams: ProcessStreams) {
    const { destinations: names, mode, statusEvery, producerOptions } = settings;
    const { program } = nsqToNsqTool;
    const log = datedLog(streams);
    this.#settings = settings;
    this.#log = log;
    this.#targets = new DeliveryTargets({ names, mode, statusEvery }, (line) => log.info(line));
    const connection = connectionOptionsOf(
      producerOptions,
      `${program}/${VERSION} nsqd-deno/${VERSION}`,
    );
    this.#producers = names.map((address) => new Producer({ ...connection, address }));
    this.#consuming = new Consuming(settings, {
      program,
      streams,
      log,
      workOn: (topic) => ({ take: (message) => this.#handle(topic, message) }),
      counts: this.#counts,
    });
  }

  /** Passes messages on until somebody says stop. */
  async run(): Promise<number> {
    const exitCode = await this.#consuming.run();
    await Promise.all(this.#producers.map((producer) => producer.close()));
    return exitCode;
  }

  #handle(topic: string, message: Message): Promise<void> | void {
    const outcome = filtered(message.body, this.#settings.filter);
    if (outcome.kind === "no object") {
      this.#log.error(`message ${message.id} of ${topic} is no JSON object: left out`);
    }
    if (outcome.kind !== "pass") return;
    return this.#publish(this.#settings.destinationTopic ?? topic, outcome.body);
  }

  async #publish(topic: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#targets.toNext(async (index) => {
      const producer = this.#producers[index]!;
      try {
        await producer.publish(topic, body);
      } catch (error) {
        throw new Error(`publishing to ${producer.address}: ${reasonOf(error)}`, { cause: error });
      }
    });
    this.#counts.messages++;
    this.#counts.bytes += body.length;
  }
}
