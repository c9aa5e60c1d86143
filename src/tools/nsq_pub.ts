// nsq_pub: publishes what it is given as arguments, on its standard input or in files.
// It ends with 0 only when every message was acknowledged; else it says which were not.

import { type Clock, SystemClock } from "../base/clock.ts";
import { pause, systemTimers } from "../base/timers.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { VERSION } from "../base/version.ts";
import { findServers } from "../client/discovery.ts";
import { NsqError } from "../client/nsq_error.ts";
import { Producer } from "../client/producer.ts";
import { BatchSender } from "./batch_sender.ts";
import { connectionOptionsOf, lookupSettingsOf } from "./client_options.ts";
import { type InputSize, type MessageGroup, MessageInputs } from "./message_inputs.ts";
import { checkFlagsComeFirst, type NsqPubSettings } from "./nsq_pub_options.ts";
import { nsqPubSettings, nsqPubTable } from "./nsq_pub_options.ts";
import { type ProcessStreams, withProcessStreams, writeLog } from "./process_streams.ts";
import { ProgressLine } from "./progress_line.ts";
import { type OutgoingMessage, PublishReport, wordFor } from "./publish_report.ts";
import { runTool } from "./tool_options.ts";

/** What nsq_pub is, for its help. */
const nsqPubTool = {
  program: "nsq_pub",
  about: "Publishes messages: the words after the flags, or the lines of the standard input.",
  table: nsqPubTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runNsqPub(argv, streams));
}

/** Runs the tool in given surroundings. */
export function runNsqPub(argv: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(nsqPubTool, argv, streams, async (words) => {
    checkFlagsComeFirst(argv, words.rest);
    const clock = new SystemClock();
    const settings = nsqPubSettings(words, {
      wallMs: () => clock.wallMs(),
      random: Math.random,
    });
    const addresses = await addressesOf(settings, streams);
    if (addresses === undefined) return 1;
    return await new Publication({ ...settings, addresses }, streams, clock).run();
  });
}

/** Where to publish; undefined when nsqlookupds do not say, which is told. */
async function addressesOf(
  { lookupds, topic, addresses, clientOptions }: NsqPubSettings,
  streams: ProcessStreams,
): Promise<readonly string[] | undefined> {
  if (lookupds.length === 0) return addresses;
  try {
    const found = await findServers(topic, lookupSettingsOf(clientOptions, lookupds));
    if (found.length > 0) return found;
    const text = `No nsqd has topic "${topic}" yet; name one to make it by --nsqd-tcp-address.`;
    await writeLog(streams, text);
  } catch (error) {
    if (!(error instanceof NsqError)) throw error;
    await writeLog(streams, error.message);
  }
  return undefined;
}

/** Batches stay well below nsqd's limit for a command. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** With a rate, batches are small enough to make the flow even. */
const BATCHES_PER_SECOND_MIN = 10;

/** One run of nsq_pub. */
class Publication {
  readonly #settings: NsqPubSettings;
  readonly #streams: ProcessStreams;
  readonly #clock: Clock;
  readonly #report = new PublishReport();
  readonly #producers: readonly Producer[];
  readonly #sender: BatchSender;
  readonly #inputs: MessageInputs;
  readonly #bucket: TokenBucket | undefined;
  readonly #batchMax: number;
  #batch: OutgoingMessage[] = [];
  #batchBytes = 0;
  #takenCount = 0;
  #last: OutgoingMessage | undefined;

  constructor(settings: NsqPubSettings, streams: ProcessStreams, clock: Clock) {
    const { rate, batch, addresses, clientOptions } = settings;
    this.#settings = settings;
    this.#streams = streams;
    this.#clock = clock;
    const connection = connectionOptionsOf(
      clientOptions,
      `nsq_pub/${VERSION} nsqd-deno/${VERSION}`,
    );
    this.#producers = addresses.map((address) => new Producer({ ...connection, address }));
    this.#sender = new BatchSender(this.#producers, settings, this.#report);
    const stop = AbortSignal.any([streams.interrupted, this.#sender.stopped]);
    this.#inputs = new MessageInputs(
      settings,
      streams.input,
      stop,
      (text) => this.#report.note(text),
    );
    this.#bucket = rate > 0 ? new TokenBucket(rate) : undefined;
    const evenly = Math.max(1, Math.floor(rate / BATCHES_PER_SECOND_MIN));
    this.#batchMax = rate > 0 ? Math.min(batch, evenly) : batch;
  }

  /** Publishes everything and resolves with the exit code. */
  async run(): Promise<number> {
    await this.#sender.connect();
    const size = await this.#inputs.size(this.#streams.inputBytes);
    const progress = this.#streams.areErrorsTerminal ? this.#showProgress(size) : undefined;
    if (!this.#sender.stopped.aborted) await this.#publishGroups();
    await this.#sender.finish();
    progress?.stop();
    this.#explainEarlyEnd(size);
    for (const line of this.#report.lines()) await writeLog(this.#streams, line);
    await Promise.all(this.#producers.map((producer) => producer.close()));
    return this.#report.hasFailures ? 1 : 0;
  }

  async #publishGroups(): Promise<void> {
    for await (const group of this.#inputs.groups()) {
      const isEnough = await this.#publishGroup(group);
      if (isEnough || this.#sender.stopped.aborted || this.#streams.interrupted.aborted) break;
    }
  }

  /** True when `--count` is reached. */
  async #publishGroup({ origin, pieces }: MessageGroup): Promise<boolean> {
    const { count, messages } = this.#settings;
    const takenMax = count > 0 && messages.length === 0 ? count : Infinity;
    for (const { number, body, totalBytes } of pieces) {
      if (this.#takenCount === takenMax) break;
      this.#takenCount++;
      const message = { origin, number, body };
      this.#last = message;
      if (totalBytes > this.#sender.maxMsgSize) {
        this.#sender.failTooBig(origin, number, totalBytes);
        continue;
      }
      if (this.#batchBytes + totalBytes > BATCH_BYTES_MAX) await this.#flush();
      this.#batch.push(message);
      this.#batchBytes += totalBytes + 4;
      if (this.#batch.length >= this.#batchMax) await this.#flush();
    }
    await this.#flush();
    return this.#takenCount === takenMax;
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchBytes = 0;
    const waitMs = this.#bucket?.reserve(batch.length, this.#clock.nowMs()) ?? 0;
    if (waitMs > 0) await pause(systemTimers, waitMs, this.#streams.interrupted);
    if (this.#bucket && this.#streams.interrupted.aborted) {
      for (const { origin, number } of batch) {
        this.#report.fail(origin, number, "interrupted while waiting for --rate");
      }
      return;
    }
    await this.#sender.send(batch);
  }

  /** What was not read is not acknowledged either; only of an endless stream nobody expects it. */
  #explainEarlyEnd(size: InputSize): void {
    const { count, messages } = this.#settings;
    const isEnough = count > 0 && messages.length === 0 && this.#takenCount >= count;
    if (this.#inputs.isExhausted || isEnough) return;
    const isEndless = size.messages === undefined && size.bytes === undefined;
    if (isEndless && !this.#sender.stopped.aborted) return;
    const last = this.#last;
    if (last === undefined) return this.#report.note("nothing was sent");
    const place = last.origin.file === undefined ? "" : `${last.origin.file}: `;
    const name = `${place}${wordFor(last.origin.unit, 1)} ${last.number}`;
    this.#report.note(`stopped at ${name}: what follows was not sent`);
  }

  #showProgress(size: InputSize): ProgressLine {
    const report = this.#report;
    const fraction = () => {
      if (size.messages !== undefined) return this.#takenCount / size.messages;
      return size.bytes ? this.#inputs.bytesRead / size.bytes : undefined;
    };
    return ProgressLine.on(this.#streams, this.#clock, () => ({
      messages: report.acknowledgedCount,
      bytes: report.acknowledgedBytes,
      fraction: fraction(),
    }));
  }
}
