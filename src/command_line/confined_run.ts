// nsqd in two threads: the broker in one that may do what its options name and nothing else; this one hears the signals,
// asks the auth servers, speaks to the nsqlookupds and statsd, and gives up the files as soon as the broker runs. It loads
// nothing of the broker, which would be in memory twice.

import type { AuthorityPort } from "../auth/authority_port.ts";
import type { LogOutput } from "../base/log_output.ts";
import { errorOf } from "../base/system_error.ts";
import {
  BrokerThread,
  giveUpPermissions,
  openThread,
  type ThreadEnd,
} from "../confinement/broker_thread.ts";
import { permissionsOf } from "../confinement/permissions.ts";
import { LookupPeers } from "../lookup/lookup_peers.ts";
import { UdpSender } from "../statsd/udp_sender.ts";
import type { Options } from "../options/nsqd_options.ts";
import { commandLineOf } from "./daemon.ts";
import { endSignals, hangUps } from "./signals.ts";
import { surviveFaults } from "./unexpected.ts";

/** Runs a broker until a signal ends it. */
export async function runConfined(
  options: Options,
  hostname: string,
  log: LogOutput,
): Promise<ThreadEnd> {
  surviveFaults(log);
  const authority = await authorityOf(options);
  // Before anybody can read that the broker listens: a signal meanwhile ends it as soon as it does.
  const { drain, stop } = endSignals(options.drainTimeout > 0);
  const worker = opened(options);
  if (worker instanceof Error) return { kind: "refused", text: confinementFailure(worker) };
  const statsd = new UdpSender({ log, nowMs: () => performance.now() });
  const onHangUp = hangUps();
  const thread: BrokerThread = new BrokerThread(worker, {
    order: { kind: "start", options, hostname, commandLine: commandLineOf("nsqd") },
    authority,
    lookup: new LookupPeers({ log }),
    statsd,
    onListening: () => {
      giveUpPermissions();
      onHangUp(() => thread.reload());
      void drain.then(() => thread.drain());
      void stop.then(() => thread.stop());
    },
  });
  const end = await thread.ended;
  statsd.close();
  return end;
}

function opened(options: Options): Worker | Error {
  const permissions = permissionsOf(options, { currentDirectory: Deno.cwd() });
  try {
    // Beside this file also in the executable: see scripts/compile/program.ts.
    return openThread(new URL("./broker_worker.ts", import.meta.url), permissions);
  } catch (error) {
    return errorOf(error);
  }
}

function confinementFailure({ message }: Error): string {
  return `cannot confine the broker - ${message.replace(/\.$/, "")}; ` +
    "run nsqd with all permissions and --unstable-worker-options, or with --confined=false";
}

/** Who asks the auth servers; undefined without any, or when the broker is going to refuse the options anyway. */
async function authorityOf(options: Options): Promise<AuthorityPort | undefined> {
  if (options.authHttpAddress.length === 0) return undefined;
  const [{ authServerSettings }, { HttpAuthorityPort }] = await Promise.all([
    import("../broker_authority.ts"),
    import("../auth/http_authority_port.ts"),
  ]);
  try {
    return new HttpAuthorityPort(authServerSettings(options, Deno.readTextFileSync));
  } catch {
    return undefined;
  }
}
