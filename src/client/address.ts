// Where a server listens, as people write it: `host:port`, `[v6]:port`, or the path of a unix socket.
// Knows no lookup and opens nothing.

import { NsqError } from "./nsq_error.ts";

/** An address that can be connected to. */
export type ServerAddress =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/**
 * Reads an address. Text with a slash, or ending in `.sock`, is a path; without a host, `:4150`, the host is 127.0.0.1.
 * @throws {NsqError} BAD_ADDRESS
 */
export function parseAddress(text: string): ServerAddress {
  if (text.includes("/") || text.endsWith(".sock")) return { transport: "unix", path: text };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) {
    throw new NsqError(
      "BAD_ADDRESS",
      `"${text}" is no address; write host:port, [IPv6]:port or the path of a unix socket.`,
    );
  }
  return { transport: "tcp", hostname: match[1] ?? (match[2] || "127.0.0.1"), port };
}
