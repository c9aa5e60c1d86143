// nsqadmin as a process: command line in, exit code out. SIGINT and SIGTERM end it, SIGHUP has the file of users read
// again. Once it listens it gives up programs, libraries and writing files.

import { Admin } from "../admin/admin.ts";
import { checkAdminOptions } from "../options/nsqadmin_checks.ts";
import { NSQADMIN_OPTIONS } from "../options/nsqadmin_options.ts";
import { resolveChecked } from "../options/range_checks.ts";
import { type DaemonWords, runDaemon, runUntilSignal } from "./daemon.ts";
import { hangUps } from "./signals.ts";

const NSQADMIN = {
  program: "nsqadmin",
  about: "Shows a cluster in the browser, and lets people steer it.",
  table: NSQADMIN_OPTIONS,
} as const;

/** Files are still read after that: those of the page where they are in a folder, and the users. */
const GIVEN_UP = ["write", "run", "ffi", "import"] as const;

/** Runs nsqadmin with these words of a command line until a signal ends it; resolves with the exit code. */
export function main(words: string[]): Promise<number> {
  return runDaemon(
    NSQADMIN,
    () => resolveChecked(NSQADMIN_OPTIONS, words, { readTextFile: Deno.readTextFileSync }),
    run,
  );
}

async function run({ options, given }: DaemonWords<typeof NSQADMIN_OPTIONS>): Promise<number> {
  checkAdminOptions(options);
  const { readTextFileSync: readTextFile } = Deno;
  const onHangUp = hangUps();
  return await runUntilSignal(
    NSQADMIN,
    { options, given },
    (log) => Admin.start({ options, log, hostname: Deno.hostname(), readTextFile }),
    (admin) => {
      onHangUp(() => admin.reload());
      for (const name of GIVEN_UP) Deno.permissions.revokeSync({ name });
    },
  );
}
