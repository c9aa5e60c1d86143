// Opens listeners, of the protocol at least; an HTTP server opens its own with the same preparations.

import { systemErrorText } from "../base/system_error.ts";
import { isWildcard, type ListenAddress, parseListenAddress } from "./listen_address.ts";
import { removeStaleSocket } from "./unix_socket.ts";

/** A client that connects in a burst must not wait a second for its SYN to be sent again (measured: 3 s for 3,000). */
export const LISTEN_BACKLOG = 65535;

/** How unix sockets are made. */
export interface SocketFileSettings {
  /** Permissions of the file; undefined leaves them to the umask. */
  readonly mode: number | undefined;
}

/**
 * Opens what `open` opens at this address. All addresses of the machine are IPv6 and IPv4 together, or IPv4 alone
 * where there is no IPv6. Rejects with what `open` throws.
 */
export async function listening<Listener>(
  address: ListenAddress,
  settings: SocketFileSettings,
  open: (address: ListenAddress) => Listener | Promise<Listener>,
): Promise<Listener> {
  if (address.kind === "unix") return await onSocketFile(address, settings, open);
  if (!isWildcard(address.hostname)) return await open(address);
  try {
    return await open({ ...address, hostname: "::" });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw error;
    return await open({ ...address, hostname: "0.0.0.0" });
  }
}

async function onSocketFile<Listener>(
  address: ListenAddress & { kind: "unix" },
  { mode }: SocketFileSettings,
  open: (address: ListenAddress) => Listener | Promise<Listener>,
): Promise<Listener> {
  await removeStaleSocket(address.path);
  const listener = await open(address);
  if (mode !== undefined) await Deno.chmod(address.path, mode);
  return listener;
}

/** Opens a listener for raw connections; closing it removes its socket file. Rejects with what `Deno.listen` throws. */
export function listen(
  address: ListenAddress,
  settings: SocketFileSettings,
): Promise<Deno.Listener> {
  return listening(address, settings, (place) => {
    if (place.kind === "unix") return Deno.listen({ transport: "unix", path: place.path });
    const { hostname, port } = place;
    return Deno.listen({ hostname, port, tcpBacklog: LISTEN_BACKLOG });
  });
}

/** Opens what `open` opens at the address an option names. Rejects with an Error worded for the log, as upstream's. */
export async function openAt<Opened>(
  text: string,
  open: (address: ListenAddress) => Promise<Opened>,
): Promise<Opened> {
  try {
    return await open(parseListenAddress(text));
  } catch (cause) {
    throw new Error(`listen (${text}) failed - ${systemErrorText(cause)}`, { cause });
  }
}

/** The same where the address cannot be a unix socket. */
export function openAtPort<Opened>(
  text: string,
  open: (address: ListenAddress) => Promise<Opened>,
): Promise<Opened> {
  return openAt(text, (address) => {
    if (address.kind === "unix") throw new Error("write an address as host:port");
    return open(address);
  });
}
