// What the daemons among the programs do the same way: read the words, show help and version, run until a signal, and say
// why they do not start. Knows no particular daemon.

import { type LogFormat, type LogLevel, LogOutput } from "../base/log_output.ts";
import { reasonOf } from "../base/system_error.ts";
import { versionLine } from "../base/version.ts";
import { helpText } from "../options/help.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionTable } from "../options/option_row.ts";
import { optionsWithoutEffect, type Resolution } from "../options/resolve.ts";
import { endSignal } from "./signals.ts";
import { surviveFaults } from "./unexpected.ts";

/** A daemon and its options. */
export interface DaemonDescription<Table extends OptionTable> {
  readonly program: string;
  /** What it does, in a sentence. */
  readonly about: string;
  readonly table: Table;
}

/** What the words amount to, when the daemon is to run. */
export type DaemonWords<Table extends OptionTable> = Extract<
  Resolution<Table>,
  { readonly kind: "options" }
>;

/** Has the words resolved and the daemon run; deals with help, version and mistakes. Resolves with the exit code. */
export async function runDaemon<Table extends OptionTable>(
  daemon: DaemonDescription<Table>,
  resolve: () => Resolution<Table>,
  run: (words: DaemonWords<Table>) => Promise<number>,
): Promise<number> {
  try {
    const resolution = resolve();
    if (resolution.kind === "help") return say(Deno.stderr, helpText(daemon.table, daemon));
    if (resolution.kind === "version") {
      return say(Deno.stdout, versionLine(daemon.program, `deno${Deno.version.deno}`) + "\n");
    }
    return await run(resolution);
  } catch (error) {
    if (error instanceof OptionError) return refuse(daemon, error);
    throw error;
  }
}

/** How a daemon logs. */
interface LogOptions {
  readonly logPrefix: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** A daemon that has been started. */
interface Running {
  stop(): Promise<void>;
}

/** Opens the log, starts a daemon, tells `started`, and stops it at a signal. Resolves with the exit code. */
export async function runUntilSignal<Table extends OptionTable, Daemon extends Running>(
  { program, table }: DaemonDescription<Table>,
  { options, given }: Pick<DaemonWords<Table>, "given"> & { readonly options: LogOptions },
  start: (log: LogOutput) => Promise<Daemon>,
  started: (daemon: Daemon) => void,
): Promise<number> {
  const { logPrefix: prefix, logLevel: level, logFormat: format } = options;
  const log = new LogOutput({ prefix, level, format });
  surviveFaults(log);
  log.info(versionLine(program, `deno${Deno.version.deno}`));
  warnOfIdleOptions(table, log, given);
  const ending = endSignal();
  let daemon: Daemon;
  try {
    daemon = await start(log);
  } catch (error) {
    log.flush();
    return fatal(program, `failed to instantiate ${program} - ${reasonOf(error)}`, format);
  }
  started(daemon);
  await ending;
  await daemon.stop();
  log.info("NSQ: bye");
  log.flush();
  return 0;
}

/** The words of this process, the program's name first; that of the executable tells nothing. */
export function commandLineOf(program: string): readonly string[] {
  return [program, ...Deno.args];
}

/** Names the options that were given and do nothing, in one line. */
export function warnOfIdleOptions<Table extends OptionTable>(
  table: Table,
  log: LogOutput,
  given: DaemonWords<Table>["given"],
): void {
  const idle = optionsWithoutEffect(table, given);
  if (idle.length === 0) return;
  const list = idle.map(({ name, reason }) => `${name} (${reason})`).join(", ");
  log.warn(`without effect in this version: ${list}`);
}

function refuse<Table extends OptionTable>(
  daemon: DaemonDescription<Table>,
  { exitCode, text, showUsage }: OptionError,
): number {
  if (exitCode !== 2) return fatal(daemon.program, text, "text");
  say(Deno.stderr, `${text}\n${showUsage ? helpText(daemon.table, daemon) : ""}`);
  return exitCode;
}

/** Logs why the daemon does not run; the exit code. The prefix is upstream's, whatever --log-prefix says. */
export function fatal(program: string, text: string, format: LogFormat): number {
  const log = new LogOutput({ prefix: `[${program}] `, level: "info", format });
  log.fatal(text);
  log.flush();
  return 1;
}

/** Writes all of a text; the exit code. */
export function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): number {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  return 0;
}
