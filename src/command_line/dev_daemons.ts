// The daemons of `nsqd dev`, once: in the order in which they are started, each with its usual ports and how it is made.
// A new one is a row here; flags, addresses and cleaning up follow.

import { Admin } from "../admin/admin.ts";
import { LogOutput } from "../base/log_output.ts";
import { BrokerThread, openThread } from "../confinement/broker_thread.ts";
import { permissionsOf } from "../confinement/permissions.ts";
import { LookupPeers } from "../lookup/lookup_peers.ts";
import { Lookupd } from "../lookupd/lookupd.ts";
import { resolveNsqdOptions } from "../options/nsqd_checks.ts";
import { NSQADMIN_OPTIONS } from "../options/nsqadmin_options.ts";
import { NSQLOOKUPD_OPTIONS } from "../options/nsqlookupd_options.ts";
import type { LogLevel, OptionTable } from "../options/option_row.ts";
import { resolveChecked } from "../options/range_checks.ts";
import { UdpSender } from "../statsd/udp_sender.ts";

/** What a port is for. */
export type PortKind = "tcp" | "http";

/** Where a daemon is: `host:port` for each kind of port it has. */
export type DevAddresses = Readonly<Partial<Record<PortKind, string>>>;

/** What a daemon is started with. */
export interface DevInputs {
  readonly dataPath: string;
  readonly logLevel: LogLevel;
  /** The addresses of this daemon and of those before it, by name. */
  readonly addresses: ReadonlyMap<string, DevAddresses>;
}

/** A daemon that runs. */
export interface RunningDaemon {
  /** Resolves with the reason when it ends by itself. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

/** A daemon of the little cluster. */
export interface DevDaemon {
  /** Its usual ports. */
  readonly ports: Readonly<Partial<Record<PortKind, number>>>;
  /** Resolves when it serves; rejects with an Error worded for people. */
  readonly start: (inputs: DevInputs) => Promise<RunningDaemon>;
}

/** The daemons by name. */
export const DEV_DAEMONS = {
  nsqlookupd: { ports: { tcp: 4160, http: 4161 }, start: startLookupd },
  nsqd: { ports: { tcp: 4150, http: 4151 }, start: startNsqd },
  nsqadmin: { ports: { http: 4171 }, start: startAdmin },
} as const satisfies Record<string, DevDaemon>;

async function startLookupd({ addresses, logLevel: level }: DevInputs): Promise<RunningDaemon> {
  const { tcp = "", http = "" } = addresses.get("nsqlookupd") ?? {};
  const words = [
    `--tcp-address=${tcp}`,
    `--http-address=${http}`,
    `--broadcast-address=${hostOf(tcp)}`,
  ];
  const options = resolvedWords("nsqlookupd", NSQLOOKUPD_OPTIONS, words);
  const log = new LogOutput({ prefix: options.logPrefix, level, format: "text" });
  const commandLine = ["nsqlookupd", ...words];
  const lookupd = await Lookupd.start({ options, log, hostname: Deno.hostname(), commandLine });
  return { failed: new Promise(() => {}), stop: () => lookupd.stop() };
}

/** The broker is confined to its own thread here as well. */
async function startNsqd({ addresses, dataPath, logLevel }: DevInputs): Promise<RunningDaemon> {
  const { tcp = "", http = "" } = addresses.get("nsqd") ?? {};
  const words = [
    `--tcp-address=${tcp}`,
    `--http-address=${http}`,
    `--broadcast-address=${hostOf(tcp)}`,
    `--data-path=${dataPath}`,
    `--log-level=${logLevel}`,
    `--lookupd-tcp-address=${addresses.get("nsqlookupd")?.tcp}`,
  ];
  const hostname = Deno.hostname();
  const resolution = resolveNsqdOptions(words, { hostname, readTextFile: Deno.readTextFileSync });
  if (resolution.kind !== "options") throw new Error(`nsqd: no options but ${resolution.kind}`);
  const { options } = resolution;
  const log = new LogOutput({ prefix: options.logPrefix, level: logLevel, format: "text" });
  const permissions = permissionsOf(options, { currentDirectory: Deno.cwd() });
  const worker = openThread(new URL("./broker_worker.ts", import.meta.url), permissions);
  const listening = Promise.withResolvers<undefined>();
  const statsd = new UdpSender({ log, nowMs: () => performance.now() });
  const thread = new BrokerThread(worker, {
    order: { kind: "start", options, hostname, commandLine: ["nsqd", ...words] },
    authority: undefined,
    lookup: new LookupPeers({ log }),
    statsd,
    onListening: () => listening.resolve(undefined),
  });
  const end = await Promise.race([listening.promise, thread.ended]);
  if (end !== undefined) throw new Error(`nsqd: ${"text" in end ? end.text : end.kind}`);
  return {
    failed: thread.ended.then((end) => "text" in end ? `nsqd ended: ${end.text}` : "nsqd ended"),
    stop: async () => {
      thread.stop();
      await thread.ended;
      statsd.close();
    },
  };
}

async function startAdmin({ addresses, logLevel: level }: DevInputs): Promise<RunningDaemon> {
  const words = [
    `--http-address=${addresses.get("nsqadmin")?.http}`,
    `--lookupd-http-address=${addresses.get("nsqlookupd")?.http}`,
  ];
  const { readTextFileSync: readTextFile } = Deno;
  const options = resolvedWords("nsqadmin", NSQADMIN_OPTIONS, words);
  const log = new LogOutput({ prefix: options.logPrefix, level, format: "text" });
  const admin = await Admin.start({ options, log, hostname: Deno.hostname(), readTextFile });
  return { failed: new Promise(() => {}), stop: () => admin.stop() };
}

function resolvedWords<Table extends OptionTable>(name: string, table: Table, words: string[]) {
  const resolution = resolveChecked(table, words, { readTextFile: Deno.readTextFileSync });
  if (resolution.kind === "options") return resolution.options;
  throw new Error(`${name}: no options but ${resolution.kind}`);
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}
