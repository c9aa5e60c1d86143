// What every tool that consumes does the same way: a consumer for each topic, topics found as they appear, warnings, a
// status line, one end for all of them. Knows nothing of what is done with messages.
// Invariant: `run` resolves only when every consumer has stopped and the work on every topic has ended.

import { SystemClock } from "../base/clock.ts";
import { unlessAborted } from "../base/interruption.ts";
import { reasonOf } from "../base/system_error.ts";
import { pause, systemTimers } from "../base/timers.ts";
import { VERSION } from "../base/version.ts";
import { Consumer } from "../client/consumer.ts";
import type { ConsumerOptions, MessageHandler } from "../client/consumer_options.ts";
import { findTopics } from "../client/discovery.ts";
import { NsqError } from "../client/nsq_error.ts";
import type { ClientOptions } from "./client_option_table.ts";
import { connectionOptionsOf, consumingOptionsOf, lookupSettingsOf } from "./client_options.ts";
import { eventText } from "./consumer_event_text.ts";
import type { ProcessStreams } from "./process_streams.ts";
import { type Progress, ProgressLine } from "./progress_line.ts";
import type { Source } from "./source_flags.ts";
import type { ToolLog } from "./tool_log.ts";
import type { TopicSelection } from "./topic_flags.ts";

/** What is read. */
export interface ConsumingSettings {
  readonly topics: TopicSelection;
  readonly channel: string;
  readonly source: Source;
  /** For each topic. */
  readonly maxInFlight: number;
  readonly clientOptions: ClientOptions;
}

/** What a tool does with the messages of one topic. */
export interface TopicWork {
  /** Takes a message, as that of a consumer. */
  take(message: Parameters<MessageHandler>[0]): Promise<void> | void;
  /** Runs beside the consumer, and resolves some time after `end`; the tool ends when it rejects. */
  run?(): Promise<void>;
  /** Somebody wants an end: what waits for more messages should wait no longer. */
  hurry?(): void;
  /** No more messages come. */
  end?(): void;
}

/** Makes the work on a topic; `isStarved` says whether its servers wait for answers. */
export type WorkMaker = (topic: string, isStarved: () => boolean) => TopicWork;

/** The tool as this sees it. */
export interface ConsumingTool {
  /** Its name in the servers' statistics. */
  readonly program: string;
  readonly streams: ProcessStreams;
  readonly log: ToolLog;
  readonly workOn: WorkMaker;
  /** What differs from a consumer's defaults, where no flag says otherwise. */
  readonly defaults?: Partial<ConsumerOptions>;
  /** What the status line tells; without it there is none. */
  readonly counts?: Omit<Progress, "fraction">;
}

/** The first wait after nsqlookupds did not answer; it doubles. */
const RETRY_MS = 1_000;

interface Part {
  readonly topic: string;
  readonly consumer: Consumer;
  readonly work: TopicWork;
}

/** The consumers of one run of a tool. */
export class Consuming {
  readonly #settings: ConsumingSettings;
  readonly #tool: ConsumingTool;
  readonly #connection: Partial<ConsumerOptions>;
  readonly #parts: Part[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #seen = new Set<string>();
  readonly #stopping = new AbortController();
  #maxInFlight: number;
  #exitCode = 0;

  /** Throws OptionError when a certificate cannot be used. */
  constructor(settings: ConsumingSettings, tool: ConsumingTool) {
    const { clientOptions, maxInFlight } = settings;
    this.#settings = settings;
    this.#tool = tool;
    this.#maxInFlight = maxInFlight;
    this.#connection = {
      ...connectionOptionsOf(clientOptions, `${tool.program}/${VERSION} nsqd-deno/${VERSION}`),
      ...tool.defaults,
      ...consumingOptionsOf(clientOptions),
    };
  }

  /** Consumes until somebody says stop or something fails, and resolves with the exit code. */
  async run(): Promise<number> {
    const { streams: { interrupted }, log } = this.#tool;
    const stop = () => this.stop();
    interrupted.addEventListener("abort", stop);
    const progress = this.#showProgress();
    try {
      if (interrupted.aborted) stop();
      for (const topic of this.#settings.topics.names) this.#consider(topic);
      if (this.#settings.topics.names.length === 0) await this.#watchTopics();
      await Promise.all(this.#running);
    } finally {
      progress?.stop();
      interrupted.removeEventListener("abort", stop);
      await log.end();
    }
    return this.#exitCode;
  }

  /** Ends all of it. */
  stop(): void {
    this.#stopping.abort();
    for (const { work, consumer } of this.#parts) {
      work.hurry?.();
      void consumer.stop();
    }
  }

  /** Ends all of it and has the exit code say that something went wrong. */
  fail(error: unknown): void {
    // What fails behind the first is the same trouble or its consequence.
    if (this.#exitCode === 0) this.#tool.log.fatal(reasonOf(error));
    this.#exitCode = 1;
    this.stop();
  }

  /** Changes how many messages may be in flight for each topic, those to come included. */
  setMaxInFlight(count: number): void {
    this.#maxInFlight = count;
    for (const { consumer } of this.#parts) consumer.setMaxInFlight(count);
  }

  async #watchTopics(): Promise<void> {
    const { topics, source, clientOptions } = this.#settings;
    const lookup = lookupSettingsOf(clientOptions, source.lookupdHttpAddresses ?? []);
    const { lookupdPollJitter = 0.3 } = clientOptions;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      let waitMs = topics.refreshMs;
      try {
        const found = await unlessAborted(findTopics(lookup), signal);
        for (const topic of found ?? []) this.#consider(topic);
        failures = 0;
      } catch (error) {
        this.#tool.log.warn(reasonOf(error));
        waitMs = Math.min(RETRY_MS * 2 ** failures++, waitMs);
      }
      await pause(systemTimers, waitMs * (1 + lookupdPollJitter * Math.random()), signal);
    }
  }

  /** Each topic is considered once, and read from then on. */
  #consider(topic: string): void {
    const { pattern } = this.#settings.topics;
    if (this.#stopping.signal.aborted || this.#seen.has(topic)) return;
    this.#seen.add(topic);
    if (pattern && !pattern.matches(topic)) {
      const text = `skipping topic ${topic} (doesn't match pattern ${pattern.expression})`;
      return this.#tool.log.info(text);
    }
    this.#running.push(this.#runPart(topic));
  }

  async #runPart(topic: string): Promise<void> {
    const warnings = new HeldWarnings(
      this.#tool.log,
      this.#parts.length + 1,
      `${topic}/${this.#settings.channel}`,
    );
    const work = this.#tool.workOn(topic, () => consumer.isStarved);
    const consumer = new Consumer({
      ...this.#connection,
      ...this.#settings.source,
      topic,
      channel: this.#settings.channel,
      maxInFlight: this.#maxInFlight,
      handler: (message) => work.take(message),
      onEvent: (event) => warnings.add(eventText(event)),
    });
    this.#parts.push({ topic, consumer, work });
    const working = work.run?.().catch((error) => this.fail(error));
    await this.#start(consumer, warnings);
    await consumer.stopped;
    work.end?.();
    await working;
  }

  async #start(consumer: Consumer, warnings: HeldWarnings): Promise<void> {
    try {
      await consumer.start();
      warnings.release();
    } catch (error) {
      if (!(error instanceof NsqError)) throw error;
      if (error.code !== "CLOSED") this.fail(error); // else stopped before it began
    }
  }

  #showProgress(): ProgressLine | undefined {
    const { streams, counts } = this.#tool;
    if (!streams.areErrorsTerminal || counts === undefined) return undefined;
    return ProgressLine.on(streams, new SystemClock(), () => ({ ...counts, fraction: undefined }));
  }
}

/** Keeps warnings until it is known whether the start succeeds: if it fails, its reason says enough. */
class HeldWarnings {
  readonly #log: ToolLog;
  readonly #head: string;
  #held: string[] | undefined = [];

  constructor(log: ToolLog, number: number, topicAndChannel: string) {
    this.#log = log;
    this.#head = `${String(number).padStart(4)} [${topicAndChannel}]`;
  }

  add(text: string | undefined): void {
    if (text === undefined) return;
    if (this.#held) this.#held.push(text);
    else this.#log.warn(`${this.#head} ${text}`);
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const text of held) this.add(text);
  }
}
