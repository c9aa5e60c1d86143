// `nsqd export`: writes what a data path holds in upstream's form, into a directory of its own, for the way back.

import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import {
  exportStopped,
  type LogExportSummary,
  StoppedDataPathError,
} from "../stopped_data_path.ts";
import { counted } from "../tools/figure_text.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../tools/process_streams.ts";
import { refuseRest, runTool, type ToolWords, versionFlag } from "../tools/tool_options.ts";
import { dataPathRow } from "./data_path_row.ts";

/** The flags of export. */
export const exportTable = {
  dataPath: dataPathRow,
  to: {
    group: "Where",
    type: "path",
    default: "",
    help: "the directory to write to: new or empty",
  },
  maxBytesPerFile: {
    group: "How",
    type: "int",
    unit: "bytes",
    default: 104_857_600,
    bounds: { above: 0 },
    help: "size at which a new file is begun",
  },
  ...versionFlag,
} as const satisfies OptionTable;

const tool = {
  program: "nsqd export",
  about: "Writes the unfinished messages of a data path as upstream's nsqd stores them.",
  table: exportTable,
};

/** What upstream accepts unless it is told otherwise. */
const MESSAGE_BYTES_USUAL = 1024 * 1024;

/** Runs export with these words of a command line; resolves with the exit code, 1 when not everything was written. */
export function main(words: string[]): Promise<number> {
  return withProcessStreams((streams) => runExport(words, streams));
}

/** The same with other streams. */
export function runExport(words: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(tool, words, streams, (parsed) => run(parsed, streams));
}

async function run(
  { options, rest }: ToolWords<typeof exportTable>,
  streams: ProcessStreams,
): Promise<number> {
  refuseRest(rest);
  const { dataPath, to: directory, maxBytesPerFile } = options;
  if (directory === "") throw new OptionError("--to required: the directory to write to", 1);
  const oddities: string[] = [];
  const request = { dataPath, directory, maxBytesPerFile };
  try {
    const summary = await exportStopped(request, (text) => void oddities.push(text));
    const lines = [...oddities, ...warnings(summary)].map((text) => `${text}\n`);
    await writeAll(streams.errors, lines.join(""));
    const { messages, topics, bodyBytes } = summary;
    const what = `${counted(messages, "message")} of ${counted(topics, "topic")}`;
    await writeAll(streams.output, `${what} (${bodyBytes} bytes) written to ${directory}\n`);
    return summary.lost > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof StoppedDataPathError)) throw error;
    throw new OptionError(error.message, 1);
  }
}

function warnings({ deferred, lost, largestBodyBytes }: LogExportSummary): string[] {
  const texts: string[] = [];
  if (deferred > 0) {
    texts.push(
      `${counted(deferred, "message")} waited for a time that this form has no place for: ` +
        "delivered at once",
    );
  }
  if (lost > 0) texts.push(`${counted(lost, "message")} could not be read: see nsqd fsck`);
  if (largestBodyBytes > MESSAGE_BYTES_USUAL) {
    texts.push(
      `the largest message has ${largestBodyBytes} bytes: ` +
        `start the other nsqd with --max-msg-size=${largestBodyBytes} or more, or it discards files`,
    );
  }
  return texts;
}
