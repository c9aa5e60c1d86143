// The client's side of TLS around a transport: handshake within a time limit, verification of the server.
// Invariant: a handshake that fails leaves the transport open; its owner closes it.

import { connect, type SecureVersion } from "node:tls";
import { isIP } from "node:net";
import { type ClientTls, nodeOptionsOf } from "../base/client_tls.ts";
import { reasonOf } from "../base/system_error.ts";
import { streamOver, StreamTransport, Valve } from "./node_stream.ts";
import { type Transport, TransportError } from "./transport.ts";

/** What a client trusts and shows, and how strict it is. */
export interface TlsClientSettings extends ClientTls {
  /** Takes any server for the right one. */
  readonly isInsecure?: boolean;
  /** The oldest version spoken; 1.2. */
  readonly minVersion?: SecureVersion;
}

/**
 * Performs the handshake as client with the server `host` (a name or an IP address).
 * @throws {TransportError} when it fails or takes longer than `limitMs` milliseconds
 */
export async function connectTls(
  inner: Transport,
  host: string,
  settings: TlsClientSettings,
  limitMs: number,
): Promise<Transport> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = `the TLS handshake took longer than ${limitMs} ms`;
  const timer = setTimeout(() => reject(new Error(late)), limitMs);
  const valve = new Valve();
  const ended = new Error("the server closed the connection");
  const stream = streamOver(inner, valve, () => reject(ended));
  const socket = connect({
    socket: stream,
    host,
    ...isIP(host) === 0 && { servername: host },
    ...nodeOptionsOf(settings),
    rejectUnauthorized: settings.isInsecure !== true,
    minVersion: settings.minVersion ?? "TLSv1.2",
  });
  socket.on("secureConnect", resolve);
  socket.on("error", reject);
  stream.on("error", reject);
  try {
    await promise;
    return new StreamTransport(socket, valve, () => inner.close());
  } catch (cause) {
    socket.destroy();
    stream.destroy();
    throw new TransportError(reasonOf(cause), { cause });
  } finally {
    clearTimeout(timer);
  }
}
