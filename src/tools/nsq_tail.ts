// nsq_tail: prints the messages of topics as they come, each finished once it is printed.
// Invariant: with -n, exactly so many are printed and finished, and what came on top goes back; that is at most what
// several servers or topics send before they hear that enough was taken, and nothing where there is one.

import { VERSION } from "../base/version.ts";
import { Consumer } from "../client/consumer.ts";
import type { ConsumerEvent } from "../client/consumer_options.ts";
import type { Message } from "../client/message.ts";
import { NsqError, reasonOf } from "../client/nsq_error.ts";
import { connectionOptionsOf, consumingOptionsOf } from "./client_option_table.ts";
import { LineOutput } from "./line_output.ts";
import { messageLine, type MessageStyle } from "./message_text.ts";
import { type NsqTailSettings, nsqTailSettings, nsqTailTable } from "./nsq_tail_options.ts";
import { type ProcessStreams, withProcessStreams, writeLog } from "./process_streams.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_tail is, for its help. */
export const nsqTailTool = {
  program: "nsq_tail",
  about: "Prints the messages of one or more topics as they come.",
  table: nsqTailTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runNsqTail(argv, streams));
}

/** Runs the tool in given surroundings. */
export function runNsqTail(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(nsqTailTool, argv, streams, async (words) => {
    return await new Tail(nsqTailSettings(words, Math.random()), streams).run();
  });
}

/** One run of nsq_tail. */
class Tail {
  readonly #settings: NsqTailSettings;
  readonly #streams: ProcessStreams;
  readonly #style: MessageStyle;
  readonly #output: LineOutput;
  readonly #consumers: readonly Consumer[];
  #takenCount = 0;
  #isOutputGone = false;
  #exitCode = 0;
  /** What there is to say before it is known whether the start succeeds; if it fails, its reason says enough. */
  #heldLines: string[] | undefined = [];

  constructor(settings: NsqTailSettings, streams: ProcessStreams) {
    this.#settings = settings;
    this.#streams = streams;
    this.#style = {
      isTopicPrinted: settings.isTopicPrinted,
      isJson: settings.isJson,
      isForTerminal: streams.isOutputTerminal,
      isColoured: streams.isOutputTerminal && !streams.isColourRefused,
    };
    this.#output = new LineOutput(streams.output);
    this.#consumers = settings.topics.map((topic) => this.#consumerOf(topic));
  }

  /** Prints until it is enough or somebody says stop. */
  async run(): Promise<number> {
    const { interrupted } = this.#streams;
    const stop = () => this.#stop();
    interrupted.addEventListener("abort", stop);
    try {
      for (const topic of this.#settings.topics) {
        await writeLog(this.#streams, `Adding consumer for topic: ${topic}`);
      }
      if (interrupted.aborted) stop();
      await this.#start();
      await Promise.all(this.#consumers.map(({ stopped }) => stopped));
      return this.#exitCode;
    } finally {
      interrupted.removeEventListener("abort", stop);
    }
  }

  #consumerOf(topic: string): Consumer {
    const { clientOptions, channel, source, maxInFlight, messagesMax } = this.#settings;
    return new Consumer({
      ...connectionOptionsOf(clientOptions, `nsq_tail/${VERSION} nsqd-deno/${VERSION}`),
      ...consumingOptionsOf(clientOptions),
      topic,
      channel,
      ...source,
      maxInFlight: Math.min(maxInFlight, messagesMax),
      handler: (message) => this.#print(topic, message),
      onEvent: (event) => this.#log(topic, event),
    });
  }

  async #start(): Promise<void> {
    try {
      await Promise.all(this.#consumers.map((consumer) => consumer.start()));
      const held = this.#heldLines ?? [];
      this.#heldLines = undefined;
      for (const line of held) await writeLog(this.#streams, line);
    } catch (error) {
      if (!(error instanceof NsqError)) throw error;
      if (error.code === "CLOSED") return; // stopped before it began
      this.#exitCode = 1;
      this.#stop();
      await writeLog(this.#streams, error.message);
    }
  }

  #print(topic: string, message: Message): Promise<void> | void {
    const { messagesMax, maxInFlight } = this.#settings;
    if (this.#isOutputGone || this.#takenCount >= messagesMax) return message.requeue();
    this.#takenCount++;
    const missing = messagesMax - this.#takenCount;
    // Before this message is finished, so that the server never has leave to send more than are missing.
    if (missing < maxInFlight) {
      for (const consumer of this.#consumers) consumer.setMaxInFlight(missing);
    }
    if (missing === 0) this.#stop();
    return this.#output.add(messageLine(topic, message, this.#style))
      .catch((error) => this.#onOutputGone(message, error));
  }

  /** Whoever read the output has read enough, like `head`: what was not printed goes back. */
  #onOutputGone(message: Message, error: unknown): void {
    message.requeue();
    if (this.#isOutputGone) return;
    this.#isOutputGone = true;
    this.#stop();
    if (error instanceof Deno.errors.BrokenPipe) return;
    this.#exitCode = 1;
    void writeLog(this.#streams, `Cannot write the output: ${reasonOf(error)}`).catch(() => {});
  }

  #stop(): void {
    for (const consumer of this.#consumers) void consumer.stop();
  }

  #log(topic: string, event: ConsumerEvent): void {
    const text = eventText(event);
    if (text === undefined) return;
    const line = `WRN    1 [${topic}/${this.#settings.channel}] ${text}`;
    if (this.#heldLines) this.#heldLines.push(line);
    else void writeLog(this.#streams, line).catch(() => {});
  }
}

/** What a person should read about an event; undefined for what is ordinary or told elsewhere. */
function eventText(event: ConsumerEvent): string | undefined {
  switch (event.kind) {
    case "disconnected":
      return `(${event.address}) ${event.error.message} Connecting again.`;
    case "connect failed":
      return `(${event.address}) ${reasonOf(event.error)}`;
    case "gave up":
      return `message ${event.message.id} attempted ${event.message.attempts} times, giving up`;
    case "discovery failed":
      return reasonOf(event.error);
    case "answer refused":
      return event.error.message;
    default:
      return undefined;
  }
}
