// nsqlookupd as a process: command line in, exit code out. Signals end it. Once it listens it gives up every permission
// but that of the network.

import { LogOutput } from "../base/log_output.ts";
import { reasonOf } from "../base/system_error.ts";
import { versionLine } from "../base/version.ts";
import { giveUpPermissions } from "../confinement/broker_thread.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import { NSQLOOKUPD_OPTIONS } from "../options/nsqlookupd_options.ts";
import { resolveChecked } from "../options/range_checks.ts";
import { checkTlsServer, withTlsImplied } from "../options/tls_options.ts";
import { commandLineOf, type DaemonWords, fatal, runDaemon, warnOfIdleOptions } from "./daemon.ts";
import { endSignal } from "./signals.ts";
import { surviveRejections } from "./unexpected.ts";

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

async function run(
  { options, given }: DaemonWords<typeof NSQLOOKUPD_OPTIONS>,
  hostname: string,
): Promise<number> {
  const { logPrefix: prefix, logLevel: level, logFormat: format } = options;
  const log = new LogOutput({ prefix, level, format });
  surviveRejections(log);
  log.info(versionLine(NSQLOOKUPD.program, `deno${Deno.version.deno}`));
  warnOfIdleOptions(NSQLOOKUPD_OPTIONS, log, given);
  const ending = endSignal();
  let lookupd: Lookupd;
  try {
    lookupd = await Lookupd.start({
      options,
      log,
      hostname,
      commandLine: commandLineOf(NSQLOOKUPD.program),
    });
  } catch (error) {
    const reason = reasonOf(error);
    log.flush();
    const text = `failed to instantiate ${NSQLOOKUPD.program} - ${reason}`;
    return fatal(NSQLOOKUPD.program, text, format);
  }
  giveUpPermissions();
  await ending;
  await lookupd.stop();
  log.info("NSQ: bye");
  log.flush();
  return 0;
}
