// `nsqd dev`: a small cluster in one process, on this machine alone, with sample traffic, until Ctrl-C. This thread keeps
// its permissions: it has to remove what it made. The broker is confined to its own as ever.
// Invariant: what was started is stopped and a temporary data path is gone, also when something does not start.

import { formatHostPort } from "../base/host_port.ts";
import { reasonOf } from "../base/system_error.ts";
import { OptionError } from "../options/option_error.ts";
import { SAMPLE_TOPICS, SampleTraffic } from "../tools/dev/sample_traffic.ts";
import { type ProcessStreams, withProcessStreams, writeAll } from "../tools/process_streams.ts";
import { runTool } from "../tools/tool_options.ts";
import { DEV_DAEMONS, type DevAddresses, type DevDaemon } from "./dev_daemons.ts";
import { type DevSettings, devSettings, devTable } from "./dev_options.ts";

/** What dev is, for its help. */
const devTool = {
  program: "nsqd dev",
  about: "Starts a small cluster with sample traffic in one process, to play with. Ctrl-C ends it.",
  table: devTable,
};

/** Runs dev with these words of a command line; resolves with the exit code. */
export function main(words: string[]): Promise<number> {
  return withProcessStreams((streams) => runDev(words, streams));
}

/** The same with other streams. */
export function runDev(words: readonly string[], streams: ProcessStreams): Promise<number> {
  return runTool(devTool, words, streams, async (parsed) => {
    const settings = devSettings(parsed);
    await using cleanup = new AsyncDisposableStack();
    try {
      const { failed } = await start(settings, streams, cleanup);
      const reason = await Promise.race([failed, wishToEnd(streams.interrupted, cleanup)]);
      await writeAll(streams.output, reason === undefined ? "\nstopping\n" : "");
      if (reason !== undefined) throw new Error(reason);
      return 0;
    } catch (error) {
      throw new OptionError(reasonOf(error), 1);
    }
  });
}

/** Resolves at a signal, that of a closed terminal included. */
function wishToEnd(interrupted: AbortSignal, cleanup: AsyncDisposableStack): Promise<undefined> {
  return new Promise((resolve) => {
    const onEnd = () => resolve(undefined);
    if (interrupted.aborted) onEnd();
    interrupted.addEventListener("abort", onEnd);
    if (Deno.build.os === "windows") return;
    Deno.addSignalListener("SIGHUP", onEnd);
    cleanup.defer(() => Deno.removeSignalListener("SIGHUP", onEnd));
  });
}

/** Starts everything; `failed` resolves with the reason when a daemon ends by itself. */
async function start(
  settings: DevSettings,
  streams: ProcessStreams,
  cleanup: AsyncDisposableStack,
): Promise<{ readonly failed: Promise<string> }> {
  const dataPath = await dataPathFor(settings, cleanup);
  const addresses = new Map<string, DevAddresses>();
  const failures: Promise<string>[] = [];
  const daemons: readonly (readonly [string, DevDaemon])[] = Object.entries(DEV_DAEMONS);
  for (const [name, daemon] of daemons) {
    addresses.set(name, freeAddresses(settings.host, settings.ports.get(name) ?? {}));
    const running = await daemon.start({ dataPath, logLevel: settings.logLevel, addresses });
    cleanup.defer(() => running.stop());
    failures.push(running.failed);
  }
  if (settings.perSecond > 0) {
    const traffic = new SampleTraffic(addresses.get("nsqd")?.tcp ?? "", settings.perSecond);
    cleanup.defer(() => traffic.stop());
    await traffic.start();
  }
  await writeAll(streams.output, welcome(settings, dataPath, addresses));
  return { failed: Promise.race(failures) };
}

async function dataPathFor(
  { dataPath }: DevSettings,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  if (dataPath !== undefined) {
    await Deno.mkdir(dataPath, { recursive: true });
    return dataPath;
  }
  const folder = await Deno.makeTempDir({ prefix: "nsqd-dev-" });
  cleanup.defer(() => Deno.remove(folder, { recursive: true }));
  return folder;
}

/** The wanted ports, or free ones where somebody has them. */
function freeAddresses(hostname: string, wanted: Readonly<Record<string, number>>): DevAddresses {
  const found = Object.entries(wanted).map(([kind, port]) => {
    const free = isFree(hostname, port) || anyPort(hostname);
    return [kind, formatHostPort({ hostname, port: free === true ? port : free })];
  });
  return Object.fromEntries(found);
}

function isFree(hostname: string, port: number): boolean {
  if (port === 0) return false;
  try {
    Deno.listen({ hostname, port }).close();
    return true;
  } catch (error) {
    const isTaken = error instanceof Deno.errors.AddrInUse ||
      error instanceof Deno.errors.PermissionDenied;
    if (isTaken) return false;
    throw error;
  }
}

function anyPort(hostname: string): number {
  using listener = Deno.listen({ hostname, port: 0 });
  return listener.addr.port;
}

/** What a new user reads: where everything is, what happens there, and what to try. */
export function welcome(
  { perSecond, ...settings }: Pick<DevSettings, "perSecond" | "dataPath">,
  dataPath: string,
  addresses: ReadonlyMap<string, DevAddresses>,
): string {
  const width = Math.max(...[...addresses.keys()].map(({ length }) => length));
  const places = [...addresses].map(([name, { tcp, http }]) => {
    const web = http === undefined ? "" : `http://${http}`;
    const wire = tcp === undefined ? "" : `TCP ${tcp}`;
    return `  ${name.padEnd(width)}  ${wire.padEnd(26)}HTTP ${web}`;
  });
  const { tcp, http } = addresses.get("nsqd") ?? {};
  const lookupd = addresses.get("nsqlookupd")?.http;
  const admin = addresses.get("nsqadmin")?.http;
  const fate = settings.dataPath === undefined ? "removed at the end" : "kept";
  const topics = Object.keys(SAMPLE_TOPICS).join(", ");
  const traffic = perSecond === 0
    ? "no sample traffic"
    : `sample traffic: about ${perSecond} messages a second in the topics ${topics}`;
  return [
    "a small NSQ cluster is running:",
    ...places,
    `  data in ${dataPath} (${fate})`,
    `  ${traffic}`,
    `open http://${admin} in a browser, and try in another terminal:`,
    `  nsqd top --lookupd-http-address=${lookupd}`,
    `  nsqd doctor --lookupd-http-address=${lookupd}`,
    `  nsqd nsq_tail --topic=orders --lookupd-http-address=${lookupd}`,
    `  nsqd nsq_pub --topic=orders --nsqd-tcp-address=${tcp} 'my first message'`,
    `  curl 'http://${http}/stats'`,
    "Ctrl-C ends it.",
    "",
  ].join("\n");
}
