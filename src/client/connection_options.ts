// What one connection tells the server of itself and how long it waits: defaults, and the document of IDENTIFY.
// Knows no socket.

import { systemTimers, type Timers } from "../base/timers.ts";
import { VERSION } from "../base/version.ts";
import type { TlsClientSettings } from "../transport/tls_client.ts";

/** How a connection introduces itself and how patient it is; every field has a default. */
export interface ConnectionOptions {
  /** Name of the client in the server's statistics; the host's name up to its first dot. */
  readonly clientId?: string;
  /** Name of the host in the server's statistics. */
  readonly hostname?: string;
  /** Program and version in the server's statistics. */
  readonly userAgent?: string;
  /** How often the server asks whether we are there, in milliseconds; 30,000. */
  readonly heartbeatIntervalMs?: number;
  /** Percent of the messages to receive, 1 to 99; 0, the default, is all. The others are lost. */
  readonly sampleRate?: number;
  /** How many bytes the server may gather before it sends; 16,384. */
  readonly outputBufferSize?: number;
  /** How long the server may gather messages, in milliseconds; 250. */
  readonly outputBufferTimeoutMs?: number;
  /** How long a message may be in flight, in milliseconds; 0, the default, is the server's choice. */
  readonly msgTimeoutMs?: number;
  /** How long connecting may take, and each step of the introduction, in milliseconds; 5,000. */
  readonly dialTimeoutMs?: number;
  /** How long the server may be silent, in milliseconds; 60,000. Longer than the heartbeat interval. */
  readonly readTimeoutMs?: number;
  /** Asks for TLS, and connects to no server that does not offer it; `{}` trusts what the system trusts. */
  readonly tls?: TlsClientSettings | undefined;
  /** Asks for snappy; a server that has it turned off is spoken to without. */
  readonly snappy?: boolean;
  /** Asks for deflate, in the same way. */
  readonly deflate?: boolean;
  /** How hard to compress with deflate, from 1, fast, to 9, small; 6. */
  readonly deflateLevel?: number;
  /** The secret for a server that asks for one. */
  readonly authSecret?: string;
  /** Where delays are measured; tests give a clock of their own. */
  readonly timers?: Timers;
}

/** Options with every field present. */
export type ConnectionSettings =
  & Required<Omit<ConnectionOptions, "tls">>
  & { readonly tls: TlsClientSettings | undefined };

/** The options, with defaults where none is given. */
export function connectionSettings(options: ConnectionOptions): ConnectionSettings {
  const hostname = options.hostname ?? hostnameOrNone();
  return {
    hostname,
    clientId: options.clientId ?? hostname.split(".")[0] ?? "",
    userAgent: options.userAgent ?? `nsqd-deno/${VERSION}`,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 30_000,
    sampleRate: options.sampleRate ?? 0,
    outputBufferSize: options.outputBufferSize ?? 16_384,
    outputBufferTimeoutMs: options.outputBufferTimeoutMs ?? 250,
    msgTimeoutMs: options.msgTimeoutMs ?? 0,
    dialTimeoutMs: options.dialTimeoutMs ?? 5_000,
    readTimeoutMs: options.readTimeoutMs ?? 60_000,
    tls: options.tls,
    snappy: options.snappy ?? false,
    deflate: options.deflate ?? false,
    deflateLevel: options.deflateLevel ?? 6,
    authSecret: options.authSecret ?? "",
    timers: options.timers ?? systemTimers,
  };
}

/** The name of this host; empty when we may not know it. */
function hostnameOrNone(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}

/** The document of IDENTIFY. */
export function identifyDocument(settings: ConnectionSettings): Record<string, unknown> {
  return {
    client_id: settings.clientId,
    hostname: settings.hostname,
    user_agent: settings.userAgent,
    feature_negotiation: true,
    heartbeat_interval: Math.trunc(settings.heartbeatIntervalMs),
    sample_rate: settings.sampleRate,
    output_buffer_size: settings.outputBufferSize,
    output_buffer_timeout: Math.trunc(settings.outputBufferTimeoutMs),
    msg_timeout: Math.trunc(settings.msgTimeoutMs),
    tls_v1: settings.tls !== undefined,
    deflate: settings.deflate,
    ...settings.deflate && { deflate_level: settings.deflateLevel },
    snappy: settings.snappy,
  };
}

/** What the server said of itself in its reply to IDENTIFY. */
export interface ServerFeatures {
  /** The largest RDY it takes. */
  readonly maxRdyCount: number;
  /** Its version; empty when it did not say. */
  readonly version: string;
  /** The layers that follow its reply. */
  readonly isTls: boolean;
  readonly isDeflate: boolean;
  readonly isSnappy: boolean;
  /** Whether it wants a secret first. */
  readonly isAuthRequired: boolean;
}

/** Reads the reply to IDENTIFY, which old servers give as a bare `OK`. */
export function serverFeatures(reply: string): ServerFeatures {
  const document = documentOf(reply);
  const { max_rdy_count, version, tls_v1, deflate, snappy, auth_required } = document;
  return {
    maxRdyCount: typeof max_rdy_count === "number" && max_rdy_count > 0 ? max_rdy_count : 2500,
    version: typeof version === "string" ? version : "",
    isTls: tls_v1 === true,
    isDeflate: deflate === true,
    isSnappy: snappy === true,
    isAuthRequired: auth_required === true,
  };
}

function documentOf(reply: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(reply);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
