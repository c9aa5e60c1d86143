// The options of nsqlookupd, declared once: flags, file keys, help, types and documentation follow from these rows.
// Names and defaults are NSQ's where NSQ has them; durations are in milliseconds.

import { deprecatedOptions, generalOptions, logOptions } from "./daemon_options.ts";
import { tlsServerOptions } from "./tls_options.ts";
import type { OptionRow, OptionsOf } from "./option_row.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const ADDRESSES = "Addresses";
const REGISTRY = "Registry";
const LIMITS = "Limits";

/** Every option of nsqlookupd, in the order of the help. */
export const NSQLOOKUPD_OPTIONS = {
  ...generalOptions,
  ...logOptions,
  logPrefix: { ...logOptions.logPrefix, default: "[nsqlookupd] " },
  tcpAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4160",
    help: "host:port for nsqd's",
  },
  httpAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4161",
    help: "host:port for HTTP",
  },
  httpsAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4162",
    help: "host:port for HTTPS, used once there is a certificate; empty turns it off",
  },
  broadcastAddress: {
    group: ADDRESSES,
    type: "string",
    default: "",
    computedDefault: "the host name",
    help: "address of this nsqlookupd that nsqd's are told, for their HTTP requests",
  },
  inactiveProducerTimeout: {
    group: REGISTRY,
    type: "duration",
    default: 5 * MINUTE,
    help: "an nsqd that was silent for longer is left out of /lookup and /nodes",
  },
  tombstoneLifetime: {
    group: REGISTRY,
    type: "duration",
    default: 45 * SECOND,
    help: "how long an nsqd is left out of a topic's /lookup after /topic/tombstone",
  },
  checkReachability: {
    group: REGISTRY,
    type: "bool",
    default: true,
    help: "connect to the broadcast address and ports of each nsqd; where that fails twice, " +
      "/nodes says so and the log warns",
  },
  maxRegistrations: {
    group: LIMITS,
    type: "int",
    default: 500_000,
    bounds: { from: 1 },
    unit: "entries",
    help:
      "topics, channels, and nsqd's of each, that are remembered in all; half a kilobyte each at worst",
  },
  maxConnections: {
    group: LIMITS,
    type: "int",
    default: 10_000,
    bounds: { from: 0 },
    unit: "connections",
    help: "connections of nsqd's; 0 is no limit",
  },
  maxConnectionsPerAddress: {
    group: LIMITS,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    unit: "connections",
    help: "connections of nsqd's, and as many to the HTTP API, from one address; an IPv6 address " +
      "counts with its /64 network; 0 is no limit",
  },
  maxHttpConnections: {
    group: LIMITS,
    type: "int",
    default: 10_000,
    bounds: { from: 0 },
    unit: "connections",
    help: "connections to the HTTP API; 0 is no limit",
  },
  handshakeTimeout: {
    group: LIMITS,
    type: "duration",
    default: 30 * SECOND,
    bounds: { from: 0 },
    help: "time for a new connection to say what it speaks, for TLS, and for the head of an HTTP " +
      "request; 0 is no limit",
  },
  commandTimeout: {
    group: LIMITS,
    type: "duration",
    default: 2 * MINUTE,
    bounds: { from: 0 },
    help: "time for a command to arrive once it has begun, and for its reply to be taken; " +
      "0 is no limit",
  },
  ...tlsServerOptions,
  ...deprecatedOptions,
} as const satisfies Record<string, OptionRow>;

/** The values of all options of nsqlookupd. */
export type LookupdOptions = OptionsOf<typeof NSQLOOKUPD_OPTIONS>;
