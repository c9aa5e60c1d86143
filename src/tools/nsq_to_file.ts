// nsq_to_file: writes the messages of topics to files, one line each.
// Invariant: a message is finished only when it is on disk, so that nothing is lost by whatever ends this process.

import { SystemClock } from "../base/clock.ts";
import { systemTimers } from "../base/timers.ts";
import { Consuming } from "./consuming.ts";
import {
  type NsqToFileSettings,
  nsqToFileSettings,
  nsqToFileTable,
} from "./nsq_to_file_options.ts";
import { type ProcessStreams, withProcessStreams } from "./process_streams.ts";
import { RotatingFile } from "./rotating_file.ts";
import { prefixedLog, type ToolLog } from "./tool_log.ts";
import { runTool } from "./tool_options.ts";
import { TopicArchive } from "./topic_archive.ts";

/** What nsq_to_file is, for its help. */
const nsqToFileTool = {
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

/** One run of nsq_to_file. */
class Archiving {
  readonly #settings: NsqToFileSettings;
  readonly #hangUps: EventTarget;
  readonly #log: ToolLog;
  readonly #clock = new SystemClock();
  readonly #counts = { messages: 0, bytes: 0 };
  readonly #consuming: Consuming;
  readonly #archives: TopicArchive[] = [];

  constructor(settings: NsqToFileSettings, streams: ProcessStreams, hangUps: EventTarget) {
    this.#settings = settings;
    this.#hangUps = hangUps;
    this.#log = prefixedLog(streams, settings.logPrefix, settings.logLevel);
    this.#consuming = new Consuming(settings, {
      program: nsqToFileTool.program,
      streams,
      log: this.#log,
      workOn: (topic, isStarved) => this.#archiveOf(topic, isStarved),
      // However often this was killed with a message in its hands: unless told to, it gives none up.
      defaults: { maxAttempts: 0 },
      counts: this.#counts,
    });
  }

  /** Writes until somebody says stop or a file fails. */
  async run(): Promise<number> {
    const hangUp = () => this.#archives.forEach((archive) => archive.hangUp());
    this.#hangUps.addEventListener("hangup", hangUp);
    try {
      return await this.#consuming.run();
    } finally {
      this.#hangUps.removeEventListener("hangup", hangUp);
    }
  }

  #archiveOf(topic: string, isStarved: () => boolean): TopicArchive {
    const { rotation, archive } = this.#settings;
    const file = new RotatingFile(rotation, topic, this.#clock, (text) => this.#log.info(text));
    const made = new TopicArchive(file, archive, systemTimers, this.#counts, isStarved);
    this.#archives.push(made);
    return made;
  }
}
