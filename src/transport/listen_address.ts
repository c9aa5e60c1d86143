// Where to listen: what `--tcp-address` and its like may say, read as Go reads it, and addresses as the log shows them.
// It opens nothing. Invariant: every text is an address, because what is not `host:port` is the path of a unix socket.

import { formatHostPort } from "../base/host_port.ts";

/** A place to listen at. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** The port that is told of a unix socket. */
export const UNIX_SOCKET_PORT = -1;
/** The address of a client on a unix socket. */
export const UNIX_CLIENT = "@";

const PORT_MAX = 65535;
const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const WILDCARDS: readonly string[] = ["", "0.0.0.0", "::"];

/**
 * Reads an address: `host:port`, `[v6]:port` and `:port`, else the path of a unix socket.
 * @throws {SyntaxError} when the port is none
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  if (match === null) return { kind: "unix", path: text };
  const port = match[3]!;
  if (!/^\d{1,5}$/.test(port) || Number(port) > PORT_MAX) {
    throw new SyntaxError(
      `${port === "" ? "the port is missing" : `port ${port} is none`}: ` +
        `write a number up to ${PORT_MAX}`,
    );
  }
  return { kind: "tcp", hostname: match[1] ?? match[2] ?? "", port: Number(port) };
}

/** Whether a host stands for all addresses of this machine, those of IPv6 and IPv4 alike, as in Go. */
export function isWildcard(hostname: string): boolean {
  return WILDCARDS.includes(hostname);
}

/** The port of a bound address; -1 for a unix socket. */
export function portOf(address: Deno.Addr): number {
  return "port" in address ? address.port : UNIX_SOCKET_PORT;
}

/** A bound address as the log shows it: `[::]:4150`, or the path of the socket. */
export function boundText(address: Deno.Addr): string {
  if ("hostname" in address) return formatHostPort(address);
  return "path" in address ? address.path ?? UNIX_CLIENT : UNIX_CLIENT;
}

/** The address of a client without its port, for counting; `@` on a unix socket. */
export function remoteHost(address: Deno.Addr): string {
  return "hostname" in address ? plainHost(address.hostname) : UNIX_CLIENT;
}

/** The address of a client as the log and /stats show it: `ip:port`, or `@`. */
export function remoteText(address: Deno.Addr): string {
  if (!("hostname" in address)) return UNIX_CLIENT;
  return formatHostPort({ hostname: plainHost(address.hostname), port: address.port });
}

/** An IPv4 client of an IPv6 listener goes by its IPv4 address. */
export function plainHost(hostname: string): string {
  return hostname.startsWith("::f") ? IPV4_IN_IPV6.exec(hostname)?.[1] ?? hostname : hostname;
}
