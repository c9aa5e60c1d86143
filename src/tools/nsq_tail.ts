// nsq_tail: prints the messages of topics as they come, each finished once it is printed.
// Invariant: with -n, exactly so many are printed and finished, and what came on top goes back; that is at most what
// several servers or topics send before they hear that enough was taken, and nothing where there is one.

import { reasonOf } from "../base/system_error.ts";
import type { Message } from "../client/message.ts";
import { Consuming } from "./consuming.ts";
import { LineOutput } from "./line_output.ts";
import { messageLine, type MessageStyle } from "./message_text.ts";
import { type NsqTailSettings, nsqTailSettings, nsqTailTable } from "./nsq_tail_options.ts";
import { type ProcessStreams, withProcessStreams } from "./process_streams.ts";
import { datedLog, type ToolLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_tail is, for its help. */
const nsqTailTool = {
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
  readonly #style: MessageStyle;
  readonly #output: LineOutput;
  readonly #log: ToolLog;
  readonly #consuming: Consuming;
  readonly #counts = { messages: 0, bytes: 0 };
  #takenCount = 0;
  #isOutputGone = false;

  constructor(settings: NsqTailSettings, streams: ProcessStreams) {
    const { maxInFlight, messagesMax } = settings;
    const { isOutputTerminal } = streams;
    this.#settings = settings;
    this.#style = {
      isTopicPrinted: settings.isTopicPrinted,
      isJson: settings.isJson,
      isForTerminal: isOutputTerminal,
      isColoured: isOutputTerminal && !streams.isColourRefused,
    };
    this.#output = new LineOutput(streams.output);
    this.#log = datedLog(streams);
    const ready = { ...settings, maxInFlight: Math.min(maxInFlight, messagesMax) };
    this.#consuming = new Consuming(ready, {
      program: nsqTailTool.program,
      streams,
      log: this.#log,
      workOn: (topic) => this.#workOn(topic),
      // Where the messages themselves are seen, a status line would stand between them.
      ...!isOutputTerminal && { counts: this.#counts },
    });
  }

  /** Prints until it is enough or somebody says stop. */
  run(): Promise<number> {
    return this.#consuming.run();
  }

  #workOn(topic: string) {
    this.#log.info(`Adding consumer for topic: ${topic}`);
    return { take: (message: Message) => this.#print(topic, message) };
  }

  #print(topic: string, message: Message): Promise<void> | void {
    const { messagesMax, maxInFlight } = this.#settings;
    if (this.#isOutputGone || this.#takenCount >= messagesMax) return message.requeue();
    this.#takenCount++;
    const missing = messagesMax - this.#takenCount;
    // Before this message is finished, so that the server never has leave to send more than are missing.
    if (missing < maxInFlight) this.#consuming.setMaxInFlight(missing);
    if (missing === 0) this.#consuming.stop();
    return this.#output.add(messageLine(topic, message, this.#style)).then(() => {
      this.#counts.messages++;
      this.#counts.bytes += message.body.length;
    }, (error) => this.#onOutputGone(message, error));
  }

  /** Whoever read the output has read enough, like `head`: what was not printed goes back. */
  #onOutputGone(message: Message, error: unknown): void {
    message.requeue();
    if (this.#isOutputGone) return;
    this.#isOutputGone = true;
    if (error instanceof Deno.errors.BrokenPipe) this.#consuming.stop();
    else this.#consuming.fail(new Error(`Cannot write the output: ${reasonOf(error)}`));
  }
}
