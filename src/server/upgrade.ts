// The layers that a client asks for in IDENTIFY: TLS, and inside it snappy or deflate. Each is put around the connection
// after everything before it has left, and begins with an OK through it.

import { DeflateTransport } from "../transport/deflate.ts";
import { SnappyTransport } from "../transport/snappy_frames.ts";
import { acceptTls } from "../transport/tls_server.ts";
import { type Transport, TransportError } from "../transport/transport.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { Negotiated, NegotiationLimits } from "../wire/identify.ts";
import type { Session } from "./session.ts";

/** How long a client may take for its handshake; upstream's limit. */
const HANDSHAKE_MS_MAX = 5000;

/** What a session may offer now: a layer that is there is not put around once more. */
export function offeredLayers({ client, host }: Session): NegotiationLimits {
  const { negotiation } = host.settings;
  const isLayered = client.tls !== undefined || client.compression !== undefined;
  if (!isLayered) return negotiation;
  return { ...negotiation, isTlsOffered: false, isDeflateEnabled: false, isSnappyEnabled: false };
}

/** Puts the layers that were negotiated around the connection, before its next command. */
export function upgradeLater(session: Session, negotiated: Negotiated): void {
  const { isTls, isDeflate, isSnappy } = negotiated;
  if (isTls || isDeflate || isSnappy) session.doFirst(() => upgrade(session, negotiated));
}

async function upgrade(session: Session, negotiated: Negotiated): Promise<void> {
  const { isTls, isDeflate, isSnappy, deflateLevel } = negotiated;
  const { client } = session;
  if (isTls) await session.wrap((connection) => encrypted(session, connection));
  if (isSnappy) {
    await session.wrap((connection) => new SnappyTransport(connection));
    client.compression = "snappy";
  }
  if (isDeflate) {
    await session.wrap((connection) => new DeflateTransport(connection, deflateLevel));
    client.compression = "deflate";
  }
}

async function encrypted(session: Session, connection: Transport): Promise<Transport> {
  const limitMs = Math.min(session.host.settings.handshakeTimeoutMs || Infinity, HANDSHAKE_MS_MAX);
  try {
    const accepted = await acceptTls(connection, session.host.tls!, limitMs);
    session.client.tls = accepted.description;
    return accepted.transport;
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
    session.refuse("tls_handshake", `TLS handshake failed - ${cause.message}`);
    const text = `IDENTIFY failed ${cause.message}`;
    throw new ProtocolError("E_IDENTIFY_FAILED", text, { cause });
  }
}
