// nsq_to_file: writes the messages of topics to files, one line each.
// Invariant: a message is finished only when it is on disk, so that nothing is lost by whatever ends this process.

import { SystemClock } from "../base/clock.ts";
import { systemTimers } from "../base/timers.ts";
import { VERSION } from "../base/version.ts";
import { Consumer } from "../client/consumer.ts";
import { NsqError, reasonOf } from "../client/nsq_error.ts";
import { connectionOptionsOf, consumingOptionsOf } from "./client_option_table.ts";
import { eventText } from "./consumer_event_text.ts";
import {
  type NsqToFileSettings,
  nsqToFileSettings,
  nsqToFileTable,
} from "./nsq_to_file_options.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "./process_streams.ts";
import { ProgressLine } from "./progress_line.ts";
import { RotatingFile } from "./rotating_file.ts";
import { ToolLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";
import { TopicArchive } from "./topic_archive.ts";

/** What nsq_to_file is, for its help. */
export const nsqToFileTool = {
  program: "nsq_to_file",
  about: "Writes the messages of topics to files, one line each.",
  table: nsqToFileTable,
} as const;

/** Runs the tool with the words of its command line and resolves with its exit code. */
export function main(argv: readonly string[]): Promise<number> {
  const hangUps = new EventTarget();
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGHUP", () => hangUps.dispatchEvent(new Event("hangup")));
  }
  return withProcessStreams((streams) => runNsqToFile(argv, streams, hangUps));
}

/** Runs the tool in given surroundings; an event "hangup" has the files finished. */
export function runNsqToFile(
  argv: readonly string[],
  streams: ProcessStreams,
  hangUps = new EventTarget(),
): Promise<number> {
  return runTool(nsqToFileTool, argv, streams, async (words) => {
    const identity = { hostname: Deno.hostname(), pid: Deno.pid };
    const settings = nsqToFileSettings(words, identity);
    return await new Archiving(settings, streams, hangUps).run();
  });
}

interface Part {
  readonly consumer: Consumer;
  readonly archive: TopicArchive;
}

/** One run of nsq_to_file. */
class Archiving {
  readonly #settings: NsqToFileSettings;
  readonly #streams: ProcessStreams;
  readonly #hangUps: EventTarget;
  readonly #log: ToolLog;
  readonly #clock = new SystemClock();
  readonly #counts = { messages: 0, bytes: 0 };
  readonly #parts: readonly Part[];
  #exitCode = 0;

  constructor(settings: NsqToFileSettings, streams: ProcessStreams, hangUps: EventTarget) {
    this.#settings = settings;
    this.#streams = streams;
    this.#hangUps = hangUps;
    this.#log = new ToolLog(streams, settings.logPrefix, settings.logLevel);
    this.#parts = settings.topics.map((topic) => this.#partOf(topic));
  }

  /** Writes until somebody says stop or a file fails. */
  async run(): Promise<number> {
    const { interrupted } = this.#streams;
    const stop = () => this.#stop();
    const hangUp = () => this.#parts.forEach(({ archive }) => archive.hangUp());
    interrupted.addEventListener("abort", stop);
    this.#hangUps.addEventListener("hangup", hangUp);
    const progress = this.#streams.areErrorsTerminal ? this.#showProgress() : undefined;
    if (interrupted.aborted) stop();
    await Promise.all(this.#parts.map((part) => this.#runPart(part)));
    progress?.stop();
    interrupted.removeEventListener("abort", stop);
    this.#hangUps.removeEventListener("hangup", hangUp);
    await this.#log.end();
    return this.#exitCode;
  }

  #partOf(topic: string): Part {
    const { rotation, archive: archiveSettings } = this.#settings;
    const log = this.#log.lines;
    const file = new RotatingFile(rotation, topic, this.#clock, (text) => log.info(text));
    const consumer = this.#consumerOf(topic, (message) => archive.take(message));
    const isStarved = () => consumer.isStarved;
    const archive = new TopicArchive(file, archiveSettings, systemTimers, this.#counts, isStarved);
    return { consumer, archive };
  }

  #consumerOf(topic: string, handler: TopicArchive["take"]): Consumer {
    const { clientOptions, channel, source, maxInFlight } = this.#settings;
    return new Consumer({
      ...connectionOptionsOf(clientOptions, `nsq_to_file/${VERSION} nsqd-deno/${VERSION}`),
      // However often this was killed with a message in its hands: unless told to, it gives none up.
      maxAttempts: 0,
      ...consumingOptionsOf(clientOptions),
      topic,
      channel,
      ...source,
      maxInFlight,
      handler,
      onEvent: (event) => {
        const text = eventText(event);
        if (text !== undefined) this.#log.lines.warn(`[${topic}/${channel}] ${text}`);
      },
    });
  }

  /** The files are put right before the first message comes, and finished after the last was answered. */
  async #runPart({ consumer, archive }: Part): Promise<void> {
    const writing = archive.run().catch((error) => this.#fail(error));
    await this.#start(consumer);
    await consumer.stopped;
    archive.end();
    await writing;
  }

  async #start(consumer: Consumer): Promise<void> {
    try {
      await consumer.start();
    } catch (error) {
      if (!(error instanceof NsqError)) throw error;
      if (error.code !== "CLOSED") this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#exitCode = 1;
    this.#log.lines.fatal(reasonOf(error));
    this.#stop();
  }

  #stop(): void {
    for (const { consumer, archive } of this.#parts) {
      archive.hurry();
      void consumer.stop();
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
