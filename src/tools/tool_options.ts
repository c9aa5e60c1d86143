// From the words of a command line to a tool's options: what every tool does the same way.
// Knows no particular tool.

import { versionLine } from "../base/version.ts";
import { parseFlags } from "../options/flag_parser.ts";
import { helpText } from "../options/help.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";
import { checkRanges } from "../options/range_checks.ts";
import { defaultsOf } from "../options/resolve.ts";
import { type ProcessStreams, writeAll, writeLog } from "./process_streams.ts";

/** The last group of every tool's flags. */
export const OTHER = "Other";

/** `--version`, which every tool has. */
export const versionFlag = {
  version: { group: OTHER, type: "bool", default: false, help: "print the version and exit" },
} as const satisfies OptionTable;

/** A tool and its options. */
export interface ToolDescription<Table extends OptionTable> {
  readonly program: string;
  /** What it does, in a sentence. */
  readonly about: string;
  readonly table: Table;
}

/** What the words amount to. */
export interface ToolWords<Table extends OptionTable> {
  readonly options: OptionsOf<Table>;
  /** What followed the flags. */
  readonly rest: readonly string[];
}

/**
 * Reads a command line and hands it to `run`; help, version and mistakes are dealt with here. `run` throws OptionError
 * for what it cannot accept. Resolves with the exit code; 1, and no word, when whoever read the output has gone, like `head`.
 */
export async function runTool<Table extends OptionTable>(
  tool: ToolDescription<Table>,
  words: readonly string[],
  streams: ProcessStreams,
  run: (words: ToolWords<Table>) => Promise<number>,
): Promise<number> {
  try {
    const parsed = parseFlags(tool.table, words);
    if (parsed.kind === "help") {
      await writeAll(streams.errors, helpText(tool.table, tool));
      return 0;
    }
    const options = { ...defaultsOf(tool.table), ...parsed.values } as OptionsOf<Table>;
    if ("version" in options && options.version === true) {
      const line = versionLine(tool.program, `deno${Deno.version.deno}`);
      await writeAll(streams.output, line + "\n");
      return 0;
    }
    checkRanges(tool.table, options);
    return await run({ options, rest: parsed.rest });
  } catch (error) {
    if (error instanceof OptionError) return await explain(tool, streams, error);
    if (error instanceof Deno.errors.BrokenPipe) return 1;
    throw error;
  }
}

/** For a tool that takes nothing but flags. Throws OptionError where a word follows them. */
export function refuseRest([word]: readonly string[]): void {
  if (word !== undefined) throw new OptionError(`"${word}" is no flag`, 2);
}

async function explain<Table extends OptionTable>(
  tool: ToolDescription<Table>,
  streams: ProcessStreams,
  error: OptionError,
): Promise<number> {
  if (error.showUsage) {
    await writeAll(streams.errors, `${error.text}\n${helpText(tool.table, tool)}`);
  } else await writeLog(streams, error.text);
  return error.exitCode;
}
