// nsqd as a process: command line in, exit code out. Signals end it, the log says what happens.

import { LogOutput } from "../base/log_output.ts";
import { permissionsOf } from "../confinement/permissions.ts";
import { permissionsText } from "../confinement/permissions_text.ts";
import { resolveNsqdOptions } from "../options/nsqd_checks.ts";
import { NSQD_OPTIONS, type Options } from "../options/nsqd_options.ts";
import { runConfined } from "./confined_run.ts";
import { linkName } from "./program_row.ts";
import { type DaemonWords, fatal, runDaemon, say, warnOfIdleOptions } from "./daemon.ts";

const PROGRAM = "nsqd";

/**
 * Runs nsqd with these words of a command line until a signal ends it; resolves with the exit code. The help names the
 * other programs of the executable: nobody finds them else.
 */
export function main(words: string[], programs: readonly string[]): Promise<number> {
  const hostname = Deno.hostname();
  const inputs = { hostname, readTextFile: Deno.readTextFileSync };
  return runDaemon(
    { program: PROGRAM, about: about(programs), table: NSQD_OPTIONS },
    () => resolveNsqdOptions(words, inputs),
    async (resolved) => {
      const { options } = resolved;
      if (options.showPermissions) return say(Deno.stdout, permissionsShown(options));
      return await run(resolved, hostname);
    },
  );
}

async function run(
  { options, given }: DaemonWords<typeof NSQD_OPTIONS>,
  hostname: string,
): Promise<number> {
  const { logPrefix: prefix, logLevel: level, logFormat: format } = options;
  const log = new LogOutput({ prefix, level, format });
  warnOfIdleOptions(NSQD_OPTIONS, log, given);
  const end = options.confined
    ? await runConfined(options, hostname, log)
    : await (await import("./unconfined_run.ts")).runUnconfined(options, hostname, log);
  log.flush();
  if (end.kind === "stopped") return 0;
  const text = end.kind === "refused" ? end.text : `the broker ended: ${end.text}`;
  return fatal(PROGRAM, text, format);
}

function permissionsShown(options: Options): string {
  const facts = { currentDirectory: Deno.cwd() };
  return permissionsText(options.confined ? permissionsOf(options, facts) : undefined);
}

function about(programs: readonly string[]): string {
  const others = programs.filter((name) => name !== PROGRAM);
  const { daemonsAndTools = [], more = [] } = Object.groupBy(
    others,
    (name) => linkName(name) === name ? "daemonsAndTools" : "more",
  );
  return [
    "The NSQ broker: receives, queues and delivers messages.",
    "",
    "Other programs of this executable, each with its own help, as in nsqd dev --help:",
    `  ${daemonsAndTools.join(" ")}`,
    `  ${more.join(" ")}`,
  ].join("\n");
}
