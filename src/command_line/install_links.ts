// `nsqd install-links DIR`: a symlink to this executable for each of its programs. What is there and right stays; what is
// something else is never touched, and then nothing is made at all.

import { dirname, join, relative, resolve } from "node:path";
import { executableVariable } from "../base/invoked_name.ts";
import { systemErrorText } from "../base/system_error.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../tools/process_streams.ts";
import { runTool, type ToolWords, versionFlag } from "../tools/tool_options.ts";
import { linkName } from "./program_row.ts";

/** The flags of install-links. */
export const installLinksTable = {
  executable: {
    group: "What",
    type: "path",
    default: "",
    computedDefault: "this one",
    help: "the executable the links lead to",
  },
  absolute: {
    group: "What",
    type: "bool",
    default: false,
    help: "make links with the whole path, also beside the executable",
  },
  ...versionFlag,
} as const satisfies OptionTable;

/** What install-links is, for its help. */
const installLinksTool = {
  program: "nsqd install-links",
  about: "Makes a symlink in the directory named as the last word for each program in this " +
    "executable: those of NSQ under their own names, the others as nsqd-top and so on.",
  table: installLinksTable,
} as const;

/** Runs install-links with these words of a command line, for programs of these names; resolves with the exit code. */
export function main(words: string[], names: readonly string[]): Promise<number> {
  return withProcessStreams((streams) => runInstallLinks(words, streams, names));
}

/** The same with other streams. */
export function runInstallLinks(
  words: readonly string[],
  streams: ProcessStreams,
  names: readonly string[],
): Promise<number> {
  return runTool(installLinksTool, words, streams, (parsed) => run(parsed, streams, names));
}

async function run(
  { options, rest }: ToolWords<typeof installLinksTable>,
  streams: ProcessStreams,
  names: readonly string[],
): Promise<number> {
  const [directory, ...more] = rest;
  if (directory === undefined || more.length > 0) {
    throw new OptionError("name one directory for the links, such as /usr/local/bin", 2);
  }
  const executable = await executableFor(options.executable);
  if (!await isDirectory(directory)) throw new OptionError(`${directory} is no directory`, 1);
  const places = names.map((name) =>
    join(directory, linkName(name) + (Deno.build.os === "windows" ? ".exe" : ""))
  );
  const found = await Promise.all(places.map((place) => stateOf(place, executable)));
  const strangers = places.filter((_, index) => found[index] === "something else");
  if (strangers.length > 0) {
    throw new OptionError(
      `in the way, and not touched: ${strangers.join(", ")}; nothing was made. ` +
        "Remove what is old, or choose another directory",
      1,
    );
  }
  const missing = places.filter((_, index) => found[index] === "nothing");
  // Beside the executable a short link goes on working when the directory moves.
  const real = await Deno.realPath(directory);
  const isBeside = dirname(executable) === real && !options.absolute;
  const target = isBeside ? relative(real, executable) : executable;
  for (const place of missing) await made(target, place);
  const kept = places.length - missing.length;
  await writeAll(
    streams.output,
    `${missing.length} links made in ${directory}${kept > 0 ? `, ${kept} were there` : ""}\n`,
  );
  return 0;
}

async function made(target: string, place: string): Promise<void> {
  try {
    await Deno.symlink(target, place, { type: "file" });
  } catch (error) {
    throw new OptionError(`cannot make ${place}: ${systemErrorText(error)}`, 1);
  }
}

type Found = "nothing" | "the executable" | "something else";

async function stateOf(place: string, executable: string): Promise<Found> {
  try {
    await Deno.lstat(place);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    throw new OptionError(`cannot look at ${place}: ${systemErrorText(error)}`, 1);
  }
  // A link that leads nowhere, or round in circles, is something else as well.
  const real = await Deno.realPath(place).catch(() => "");
  return real === executable ? "the executable" : "something else";
}

async function executableFor(given: string): Promise<string> {
  const path = given || thisExecutable();
  if (path === undefined) {
    throw new OptionError(
      "this is no executable file but runs from its sources: make one by deno task compile, " +
        "or name one by --executable",
      1,
    );
  }
  try {
    const real = await Deno.realPath(resolve(path));
    if ((await Deno.stat(real)).isFile) return real;
  } catch (error) {
    throw new OptionError(`${path}: ${systemErrorText(error)}`, 1);
  }
  throw new OptionError(`${path} is no file`, 1);
}

/** The launcher of a self-extracting file says where it is; a compiled one is itself what runs. */
function thisExecutable(): string | undefined {
  return Deno.build.standalone ? Deno.execPath() : Deno.env.get(executableVariable);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
