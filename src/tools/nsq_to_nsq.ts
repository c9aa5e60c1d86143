// nsq_to_nsq: publishes the messages of topics to other brokers. A message is finished when its destination has it;
// what fails is requeued, and failures make it go slower.

import { SystemClock } from "../base/clock.ts";
import { systemTimers } from "../base/timers.ts";
import { VERSION } from "../base/version.ts";
import { Consumer } from "../client/consumer.ts";
import type { Message } from "../client/message.ts";
import { NsqError, reasonOf } from "../client/nsq_error.ts";
import { Producer } from "../client/producer.ts";
import { AddressPool } from "./address_pool.ts";
import { connectionOptionsOf, consumingOptionsOf } from "./client_option_table.ts";
import { eventText } from "./consumer_event_text.ts";
import { DurationReport } from "./duration_report.ts";
import { filtered } from "./json_filter.ts";
import { type NsqToNsqSettings, nsqToNsqSettings, nsqToNsqTable } from "./nsq_to_nsq_options.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "./process_streams.ts";
import { ProgressLine } from "./progress_line.ts";
import { ToolLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_to_nsq is, for its help. */
export const nsqToNsqTool = {
  program: "nsq_to_nsq",
  about: "Publishes the messages of topics to other brokers.",
  table: nsqToNsqTable,
} as const;

const USER_AGENT = `nsq_to_nsq/${VERSION} nsqd-deno/${VERSION}`;

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
  readonly #streams: ProcessStreams;
  readonly #clock = new SystemClock();
  readonly #log: ToolLog;
  readonly #pool: AddressPool;
  readonly #producers: readonly Producer[];
  readonly #consumers: readonly Consumer[];
  readonly #aggregate: DurationReport;
  readonly #reports: readonly DurationReport[];
  readonly #counts = { messages: 0, bytes: 0 };
  #exitCode = 0;

  constructor(settings: NsqToNsqSettings, streams: ProcessStreams) {
    const { destinations, mode, statusEvery, producerOptions, topics } = settings;
    this.#settings = settings;
    this.#streams = streams;
    this.#log = new ToolLog(streams, "[nsq_to_nsq] ", "info");
    this.#pool = new AddressPool(destinations.length, mode, Math.random);
    const connection = connectionOptionsOf(producerOptions, USER_AGENT);
    this.#producers = destinations.map((address) => new Producer({ ...connection, address }));
    this.#aggregate = new DurationReport("aggregate", statusEvery);
    this.#reports = destinations.length > 1
      ? destinations.map((address) => new DurationReport(address, statusEvery))
      : [];
    this.#consumers = topics.map((topic) => this.#consumerOf(topic));
  }

  /** Passes messages on until somebody says stop. */
  async run(): Promise<number> {
    const { interrupted, areErrorsTerminal } = this.#streams;
    const stop = () => this.#stop();
    interrupted.addEventListener("abort", stop);
    if (interrupted.aborted) stop();
    const progress = areErrorsTerminal ? this.#showProgress() : undefined;
    await Promise.all(this.#consumers.map((consumer) => this.#runConsumer(consumer)));
    await Promise.all(this.#producers.map((producer) => producer.close()));
    progress?.stop();
    interrupted.removeEventListener("abort", stop);
    await this.#log.end();
    return this.#exitCode;
  }

  #consumerOf(topic: string): Consumer {
    const { consumerOptions, channel, source, maxInFlight } = this.#settings;
    return new Consumer({
      ...connectionOptionsOf(consumerOptions, USER_AGENT),
      ...consumingOptionsOf(consumerOptions),
      topic,
      channel,
      ...source,
      maxInFlight,
      handler: (message) => this.#handle(topic, message),
      onEvent: (event) => {
        const text = eventText(event);
        if (text !== undefined) this.#log.lines.warn(`[${topic}/${channel}] ${text}`);
      },
    });
  }

  async #runConsumer(consumer: Consumer): Promise<void> {
    try {
      await consumer.start();
    } catch (error) {
      if (!(error instanceof NsqError)) throw error;
      if (error.code !== "CLOSED") {
        this.#exitCode = 1;
        this.#log.lines.fatal(error.message);
        this.#stop();
      }
    }
    await consumer.stopped;
  }

  #stop(): void {
    for (const consumer of this.#consumers) void consumer.stop();
  }

  #handle(topic: string, message: Message): Promise<void> | void {
    const outcome = filtered(message.body, this.#settings.filter);
    if (outcome.kind === "no object") {
      this.#log.lines.error(`message ${message.id} of ${topic} is no JSON object: left out`);
    }
    if (outcome.kind !== "pass") return;
    return this.#publish(this.#settings.destinationTopic ?? topic, outcome.body);
  }

  async #publish(topic: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const startMs = this.#clock.nowMs();
    const index = this.#pool.next(startMs);
    const producer = this.#producers[index]!;
    let isSuccess = false;
    try {
      await producer.publish(topic, body);
      isSuccess = true;
    } catch (error) {
      throw new Error(`publishing to ${producer.address}: ${reasonOf(error)}`, { cause: error });
    } finally {
      const nowMs = this.#clock.nowMs();
      this.#pool.report(index, isSuccess, nowMs - startMs, nowMs);
      if (isSuccess) this.#count(index, body.length, nowMs - startMs);
    }
  }

  #count(index: number, bytes: number, durationMs: number): void {
    this.#counts.messages++;
    this.#counts.bytes += bytes;
    for (const report of [this.#aggregate, this.#reports[index]]) {
      const line = report?.add(durationMs);
      if (line !== undefined) this.#log.lines.info(line);
    }
  }

  #showProgress(): ProgressLine {
    return new ProgressLine(
      () => ({ ...this.#counts, fraction: undefined }),
      (text) => void writeAll(this.#streams.errors, text).catch(() => {}),
      this.#clock,
      systemTimers,
    );
  }
}
