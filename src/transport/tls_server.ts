// The server's side of TLS around a transport: handshake within a time limit, the policy for certificates of clients,
// and what there is to say about the result.
// Invariant: a handshake that fails leaves the transport open, so that its owner may still say why.

import { createServer, type TLSSocket } from "node:tls";
import { reasonOf } from "../base/system_error.ts";
import { streamOver, StreamTransport, Valve } from "./node_stream.ts";
import type { TlsMaterial } from "./tls_material.ts";
import { type Transport, TransportError } from "./transport.ts";

/** How a connection is encrypted and with whom. */
export interface TlsDescription {
  /** The suite as NSQ shows it: the IANA name, or `Unknown` and the number for TLS 1.3. */
  readonly cipherSuite: string;
  /** `TLS1.2` or `TLS1.3`. */
  readonly version: string;
  /** Common name in the client's certificate; empty without one. */
  readonly commonName: string;
}

/** An encrypted connection. */
export interface AcceptedTls {
  readonly transport: Transport;
  readonly description: TlsDescription;
}

/** The suites of TLS 1.3, which upstream shows by number: it knows no names for them. */
const SUITES_OF_TLS13: Readonly<Record<string, number>> = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
};

/** How a record that is not one of TLS is called below: such a client speaks plainly. */
const NO_HANDSHAKE = /InvalidContentType/;

/**
 * Performs the handshake as server.
 * @throws {TransportError} when it fails, takes longer than `limitMs` milliseconds, or the policy refuses the client
 */
export async function acceptTls(
  inner: Transport,
  material: TlsMaterial,
  limitMs: number,
): Promise<AcceptedTls> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const timer = setTimeout(() => reject(new Error("i/o timeout")), limitMs);
  const valve = new Valve();
  const stream = streamOver(inner, valve, () => reject(new Error("EOF")));
  // A server for each connection costs a hundredth of a handshake, and says whose handshake has failed.
  // A certificate that cannot be verified is refused below, where there is a reason to tell.
  const server = createServer({
    ...material.serverOptions,
    rejectUnauthorized: false,
    // Node's own limit of two minutes would hold a connection in memory for so long after it has failed.
    handshakeTimeout: limitMs,
  });
  server.on("secureConnection", (socket) => {
    // Without a listener an error would end the process, whoever is to blame for it.
    socket.on("error", () => {});
    resolve(socket);
  });
  server.on("tlsClientError", (error, socket) => {
    reject(error);
    socket.destroy();
  });
  stream.on("error", reject);
  try {
    server.emit("connection", stream);
    const socket = await promise;
    const refusal = material.refusalOf(socket);
    if (refusal !== undefined) throw new Error(refusal);
    const transport = new StreamTransport(socket, valve, () => inner.close());
    return { transport, description: describe(socket) };
  } catch (cause) {
    stream.destroy();
    throw new TransportError(handshakeFailure(cause), { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Why a handshake failed. What clients get wrong most often is told in upstream's words: it is sent to them. */
function handshakeFailure(cause: unknown): string {
  const reason = reasonOf(cause);
  return NO_HANDSHAKE.test(reason)
    ? "tls: first record does not look like a TLS handshake"
    : reason;
}

function describe(socket: TLSSocket): TlsDescription {
  const suite = socket.getCipher()?.standardName ?? "";
  const number = SUITES_OF_TLS13[suite];
  const commonName = socket.getPeerCertificate()?.subject?.CN ?? "";
  return {
    cipherSuite: number === undefined ? suite : `Unknown ${number}`,
    version: socket.getProtocol()?.replace("TLSv", "TLS") ?? "",
    commonName: Array.isArray(commonName) ? commonName[0] ?? "" : commonName,
  };
}
