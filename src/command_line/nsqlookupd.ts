// nsqlookupd as a process: command line in, exit code out. Signals end it. Once it listens it gives up every permission
// but that of the network.

import type { Logger } from "../base/logger.ts";
import { giveUpPermissions } from "../confinement/broker_thread.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import { NSQLOOKUPD_OPTIONS } from "../options/nsqlookupd_options.ts";
import { resolveChecked } from "../options/range_checks.ts";
import { checkTlsServer, withTlsImplied } from "../options/tls_options.ts";
import { commandLineOf, type DaemonWords, runDaemon, runUntilSignal } from "./daemon.ts";

const NSQLOOKUPD = {
  program: "nsqlookupd",
  about: "Knows which nsqd has which topic, and tells those who ask.",
  table: NSQLOOKUPD_OPTIONS,
} as const;

/** Runs nsqlookupd with these words of a command line until a signal ends it; resolves with the exit code. */
export function main(words: string[]): Promise<number> {
  const hostname = Deno.hostname();
  const inputs = {
    readTextFile: Deno.readTextFileSync,
    defaults: { broadcastAddress: hostname },
  };
  return runDaemon(
    NSQLOOKUPD,
    () => resolveChecked(NSQLOOKUPD_OPTIONS, words, inputs),
    (resolved) => {
      const options = withTlsImplied(resolved.options);
      checkTlsServer(options, inputs.readTextFile);
      return run({ ...resolved, options }, hostname);
    },
  );
}

function run(
  { options, given }: DaemonWords<typeof NSQLOOKUPD_OPTIONS>,
  hostname: string,
): Promise<number> {
  const commandLine = commandLineOf(NSQLOOKUPD.program);
  const start = (log: Logger) => Lookupd.start({ options, log, hostname, commandLine });
  return runUntilSignal(NSQLOOKUPD, { options, given }, start, giveUpPermissions);
}
