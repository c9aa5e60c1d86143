// to_nsq: publishes the pieces of the standard input, each of them to every nsqd.
// It ends with 0 only when every nsqd has acknowledged every piece that was read; else it says which were not.

import { SystemClock } from "../base/clock.ts";
import { reasonOf } from "../base/system_error.ts";
import { pause, systemTimers } from "../base/timers.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { VERSION } from "../base/version.ts";
import { Producer } from "../client/producer.ts";
import { connectionOptionsOf } from "./client_options.ts";
import { LineSplitter } from "./line_splitter.ts";
import { MessageInputs } from "./message_inputs.ts";
import type { Piece } from "./piece_splitter.ts";
import { type ProcessStreams, withProcessStreams, writeLog } from "./process_streams.ts";
import { ProgressLine } from "./progress_line.ts";
import { type MessageOrigin, PublishReport } from "./publish_report.ts";
import { type ToNsqSettings, toNsqSettings, toNsqTable } from "./to_nsq_options.ts";
import { runTool } from "./tool_options.ts";

/** What to_nsq is, for its help. */
const toNsqTool = {
  program: "to_nsq",
  about: "Publishes the lines of the standard input, each of them to every nsqd.",
  table: toNsqTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runToNsq(argv, streams));
}

/** Runs the tool in given surroundings. */
export function runToNsq(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(toNsqTool, argv, streams, async (words) => {
    return await new Copying(toNsqSettings(words), streams).run();
  });
}

/** The largest message an nsqd can be told to take. */
const PIECE_BYTES_MAX = 2 ** 30;

interface Target {
  readonly producer: Producer;
  /** Stands for the nsqd in the report. */
  readonly origin: MessageOrigin;
}

/** One run of to_nsq. */
class Copying {
  readonly #settings: ToNsqSettings;
  readonly #streams: ProcessStreams;
  readonly #clock = new SystemClock();
  readonly #report = new PublishReport();
  readonly #inputs: MessageInputs;
  readonly #targets: readonly Target[];
  readonly #bucket: TokenBucket | undefined;

  constructor(settings: ToNsqSettings, streams: ProcessStreams) {
    const { addresses, clientOptions, delimiter, rate } = settings;
    const unit = delimiter === 0x0a ? "lines" : "pieces";
    const options = connectionOptionsOf(clientOptions, `to_nsq/${VERSION} nsqd-deno/${VERSION}`);
    this.#settings = settings;
    this.#streams = streams;
    this.#targets = addresses.map((address) => ({
      producer: new Producer({ ...options, address }),
      origin: { file: address, unit },
    }));
    const splitter = () => new LineSplitter(delimiter, PIECE_BYTES_MAX);
    const input = { messages: [], files: [], count: 0, rate, unit, splitter } as const;
    this.#inputs = new MessageInputs(
      input,
      streams.input,
      streams.interrupted,
      (text) => this.#report.note(text),
    );
    this.#bucket = rate > 0 ? new TokenBucket(rate) : undefined;
  }

  /** Publishes everything and resolves with the exit code. */
  async run(): Promise<number> {
    const { rate } = this.#settings;
    if (rate > 0) await writeLog(this.#streams, `Throttling messages rate to max:${rate}/second`);
    await this.#connect();
    const progress = this.#streams.areErrorsTerminal ? this.#showProgress() : undefined;
    if (!this.#report.hasFailures) await this.#copy();
    progress?.stop();
    for (const line of this.#report.lines()) await writeLog(this.#streams, line);
    await Promise.all(this.#targets.map(({ producer }) => producer.close()));
    return this.#report.hasFailures ? 1 : 0;
  }

  /** Before anything is read: what was read and cannot be published would be gone. */
  async #connect(): Promise<void> {
    await Promise.all(
      this.#targets.map(({ producer }) =>
        producer.connect().catch((error) => this.#report.note(reasonOf(error)))
      ),
    );
    if (this.#report.hasFailures) this.#report.note("nothing was sent");
  }

  async #copy(): Promise<void> {
    for await (const { pieces } of this.#inputs.groups()) {
      if (this.#bucket) await this.#publishSlowly(pieces, this.#bucket);
      else await Promise.all(pieces.map((piece) => this.#publish(piece)));
      if (this.#report.hasFailures || this.#streams.interrupted.aborted) return;
    }
  }

  async #publishSlowly(pieces: readonly Piece[], bucket: TokenBucket): Promise<void> {
    const { interrupted } = this.#streams;
    for (const piece of pieces) {
      await pause(systemTimers, bucket.reserve(1, this.#clock.nowMs()), interrupted);
      if (interrupted.aborted) this.#failAll(piece, "interrupted while waiting for --rate");
      else if (this.#report.hasFailures) this.#failAll(piece, "stopped after the first failure");
      else await this.#publish(piece);
    }
  }

  #failAll({ number }: Piece, reason: string): void {
    for (const { origin } of this.#targets) this.#report.fail(origin, number, reason);
  }

  /** Commands leave in the order of these calls; each nsqd takes or refuses for itself. */
  async #publish({ number, body }: Piece): Promise<void> {
    const outcomes = await Promise.all(this.#targets.map(async ({ producer, origin }) => {
      try {
        await producer.publish(this.#settings.topic, body);
        return true;
      } catch (error) {
        this.#report.fail(origin, number, `${origin.file}: ${reasonOf(error)}`);
        return false;
      }
    }));
    if (!outcomes.includes(false)) {
      this.#report.acknowledgedCount++;
      this.#report.acknowledgedBytes += body.length;
    }
  }

  #showProgress(): ProgressLine {
    const { inputBytes } = this.#streams;
    return ProgressLine.on(this.#streams, this.#clock, () => ({
      messages: this.#report.acknowledgedCount,
      bytes: this.#report.acknowledgedBytes,
      fraction: inputBytes ? this.#inputs.bytesRead / inputBytes : undefined,
    }));
  }
}
