// `nsqd fsck`: reads a data path while no broker runs on it, verifies every checksum, and says what is there.

import { SystemClock } from "../base/clock.ts";
import { systemTimers } from "../base/timers.ts";
import type { OptionTable } from "../options/option_row.ts";
import {
  type CheckedSoFar,
  checkStopped,
  type DataPathReport,
  StoppedDataPathError,
} from "../stopped_data_path.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../tools/process_streams.ts";
import { ProgressLine } from "../tools/progress_line.ts";
import { refuseRest, runTool, type ToolWords, versionFlag } from "../tools/tool_options.ts";
import { dataPathRow } from "./data_path_row.ts";
import { reportJson, reportText } from "./fsck_report.ts";

/** The flags of fsck. */
export const fsckTable = {
  dataPath: dataPathRow,
  repair: {
    group: "What",
    type: "bool",
    default: false,
    help: "set damage aside in .bad files and cut off unfinished writes, as a start would",
  },
  json: { group: "What", type: "bool", default: false, help: "print JSON instead of a table" },
  ...versionFlag,
} as const satisfies OptionTable;

const tool = {
  program: "nsqd fsck",
  about: "Checks a data path: what is in it, and whether every byte is as it was written. " +
    "Exit code 0: clean, 1: damage, 2: it could not be checked.",
  table: fsckTable,
};

const EXIT_UNCHECKED = 2;

/** Runs fsck with these words of a command line; resolves with the exit code. */
export function main(words: string[]): Promise<number> {
  return withProcessStreams((streams) => runFsck(words, streams));
}

/** The same with other streams. */
export function runFsck(words: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(tool, words, streams, (parsed) => run(parsed, streams));
}

async function run(
  { options, rest }: ToolWords<typeof fsckTable>,
  streams: ProcessStreams,
): Promise<number> {
  refuseRest(rest);
  const { dataPath, repair: isRepairing, json: isJson } = options;
  let report: DataPathReport;
  try {
    report = await check(dataPath, isRepairing, streams);
  } catch (error) {
    if (!(error instanceof StoppedDataPathError)) throw error;
    await writeAll(streams.errors, `${error.message}\n`);
    return EXIT_UNCHECKED;
  }
  await writeAll(streams.output, isJson ? reportJson(report) : reportText(report, isRepairing));
  return report.isClean ? 0 : 1;
}

async function check(
  dataPath: string,
  isRepairing: boolean,
  streams: ProcessStreams,
): Promise<DataPathReport> {
  const soFar: CheckedSoFar = { messages: 0, bytes: 0, total: 0 };
  const progress = streams.areErrorsTerminal ? shown(soFar, streams) : undefined;
  try {
    return await checkStopped({ dataPath, isRepairing, soFar, interrupted: streams.interrupted });
  } finally {
    progress?.stop();
  }
}

function shown(soFar: CheckedSoFar, { errors }: ProcessStreams): ProgressLine {
  return new ProgressLine(
    () => ({ ...soFar, fraction: soFar.total > 0 ? soFar.bytes / soFar.total : undefined }),
    (text) => void writeAll(errors, text),
    new SystemClock(),
    systemTimers,
  );
}
