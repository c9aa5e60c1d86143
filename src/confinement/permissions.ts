// What the broker's thread may do, computed from the options: the places it listens at, the data path, the files that are
// named. Pure: it opens and resolves nothing, and every option that names a place has a row here.
// Invariant: what no row asks for is not granted; run, ffi, env and import never are.

import { join, normalize } from "node:path";
import type { OptionKey, Options } from "../options/nsqd_options.ts";
import { isWildcard, type ListenAddress, parseListenAddress } from "../transport/listen_address.ts";

/** What is not in the options. */
export interface PermissionFacts {
  /** Absolute path of the current directory. */
  readonly currentDirectory: string;
}

/** A complete set: what a list does not name is refused. Paths are absolute. */
export interface BrokerPermissions {
  /** `host:port` and `unix:path`. */
  readonly net: string[];
  readonly read: string[];
  readonly write: string[];
  readonly sys: string[];
  readonly env: false;
  readonly run: false;
  readonly ffi: false;
  readonly import: false;
}

/** `listen`: an address, or a list of them. `directory`: all below it. `file`: it is read, never written. */
type Use = "listen" | "directory" | "file";

/** How the broker uses the options that name places. */
export const PLACES = {
  dataPath: "directory",
  tcpAddress: "listen",
  tcpListen: "listen",
  httpAddress: "listen",
  httpListen: "listen",
  httpsAddress: "listen",
  tlsCert: "file",
  tlsKey: "file",
  tlsRootCaFile: "file",
  authFile: "file",
  lookupdTlsRootCaFile: "file",
  lookupdTlsCert: "file",
  lookupdTlsKey: "file",
} as const satisfies Partial<Record<OptionKey, Use>>;

/** Free space below which nothing is published, and profiles. Memory figures need no permission. */
const SYSTEM_CALLS = ["statfs", "inspector"] as const;
/** The --broadcast-address that has the broker look for an address of this machine. */
const AUTO = "auto";
/** What `Deno.PermissionOptions` takes for a host; with anything else nobody can listen anyway. */
const HOST = /^[\w.-]+$|^[\da-f:.]+$/i;

/** The set for a broker with these options. */
export function permissionsOf(options: Options, facts: PermissionFacts): BrokerPermissions {
  const net = new Set<string>();
  const read = new Set<string>();
  const write = new Set<string>();
  const absolute = (path: string) =>
    path.startsWith("/") ? normalize(path) : join(facts.currentDirectory, path);
  const listen = (address: ListenAddress) => {
    for (const host of netHosts(address)) net.add(host);
    if (address.kind !== "unix") return;
    const path = absolute(address.path);
    net.add(`unix:${path}`);
    read.add(path);
    write.add(path);
  };
  const grants: Readonly<Record<Use, (value: string) => void>> = {
    listen: (value) => addressesIn(value).forEach(listen),
    directory: (value) => {
      read.add(absolute(value));
      write.add(absolute(value));
    },
    file: (value) => value !== "" && read.add(absolute(value)),
  };
  for (const [key, use] of Object.entries(PLACES) as [keyof typeof PLACES, Use][]) {
    // Without a certificate nothing listens there, though the address has a default.
    if (key === "httpsAddress" && options.tlsCert === "") continue;
    for (const value of [options[key]].flat()) grants[use](value);
  }
  const sys = options.broadcastAddress === AUTO
    ? [...SYSTEM_CALLS, "networkInterfaces"]
    : [...SYSTEM_CALLS];
  const never = { env: false, run: false, ffi: false, import: false } as const;
  return { net: [...net], read: [...read], write: [...write], sys, ...never };
}

/** What cannot be read as an address is granted nothing: the broker says why when it tries. */
function addressesIn(text: string): ListenAddress[] {
  if (text === "") return [];
  try {
    return [parseListenAddress(text)];
  } catch {
    return [];
  }
}

/** Deno compares hosts as they are written, and 0 is a port like any other. A wildcard is tried as IPv6, then as IPv4. */
function netHosts(address: ListenAddress): string[] {
  if (address.kind === "unix") return [];
  const { hostname, port } = address;
  if (isWildcard(hostname)) return [`[::]:${port}`, `0.0.0.0:${port}`];
  if (!HOST.test(hostname)) return [];
  return [hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`];
}
