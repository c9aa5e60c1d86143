// nsqd as a process: command line in, exit code out. Signals end it, the log says what happens.

import { LogOutput } from "../base/log_output.ts";
import { versionLine } from "../base/version.ts";
import { permissionsOf } from "../confinement/permissions.ts";
import { permissionsText } from "../confinement/permissions_text.ts";
import { helpText } from "../options/help.ts";
import { NSQD_OPTIONS, type OptionKey, type Options } from "../options/nsqd_options.ts";
import { resolveNsqdOptions } from "../options/nsqd_checks.ts";
import { OptionError } from "../options/option_error.ts";
import { optionsWithoutEffect } from "../options/resolve.ts";
import { runConfined } from "./confined_run.ts";

const ABOUT = "The NSQ broker: receives, queues and delivers messages.";
/** The prefix of start errors, whatever --log-prefix says: upstream's. */
const FATAL_PREFIX = "[nsqd] ";

/** Runs nsqd with these words of a command line until a signal ends it; resolves with the exit code. */
export async function main(words: string[]): Promise<number> {
  const hostname = Deno.hostname();
  try {
    const resolution = resolveNsqdOptions(words, {
      hostname,
      readTextFile: Deno.readTextFileSync,
    });
    if (resolution.kind === "help") return say(Deno.stderr, help());
    if (resolution.kind === "version") {
      return say(Deno.stdout, versionLine("nsqd", `deno${Deno.version.deno}`) + "\n");
    }
    if (resolution.options.showPermissions) {
      return say(Deno.stdout, permissionsShown(resolution.options));
    }
    return await run(resolution.options, resolution.given, hostname);
  } catch (error) {
    if (error instanceof OptionError) return refuse(error);
    throw error;
  }
}

async function run(
  options: Options,
  given: ReadonlySet<OptionKey>,
  hostname: string,
): Promise<number> {
  const { logPrefix: prefix, logLevel: level, logFormat: format } = options;
  const log = new LogOutput({ prefix, level, format });
  warnOfIdleOptions(log, given);
  const end = options.confined
    ? await runConfined(options, hostname, log)
    : await (await import("./unconfined_run.ts")).runUnconfined(options, hostname, log);
  log.flush();
  if (end.kind === "stopped") return 0;
  return fatal(end.kind === "refused" ? end.text : `the broker ended: ${end.text}`, format);
}

function warnOfIdleOptions(
  log: LogOutput,
  given: ReadonlySet<OptionKey>,
): void {
  const idle = optionsWithoutEffect(NSQD_OPTIONS, given);
  if (idle.length === 0) return;
  const list = idle.map(({ name, reason }) => `${name} (${reason})`).join(", ");
  log.warn(`without effect in this version: ${list}`);
}

function permissionsShown(options: Options): string {
  const facts = { currentDirectory: Deno.cwd() };
  return permissionsText(options.confined ? permissionsOf(options, facts) : undefined);
}

function help(): string {
  return helpText(NSQD_OPTIONS, { program: "nsqd", about: ABOUT });
}

function refuse({ exitCode, text, showUsage }: OptionError): number {
  if (exitCode !== 2) return fatal(text, "text");
  say(Deno.stderr, `${text}\n${showUsage ? help() : ""}`);
  return exitCode;
}

function fatal(text: string, format: Options["logFormat"]): number {
  const log = new LogOutput({ prefix: FATAL_PREFIX, level: "info", format });
  log.fatal(text);
  log.flush();
  return 1;
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): number {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  return 0;
}
