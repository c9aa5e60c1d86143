// The options of nsqd, declared once: flags, file keys, help, types and documentation follow from
// these rows. Names and defaults are NSQ's; durations are in milliseconds.
// Invariant: a row says what an option is, never what is done with it.

import { NSQD_SECURITY_OPTIONS } from "./nsqd_security_options.ts";
import { deprecatedOptions, generalOptions, logOptions } from "./daemon_options.ts";
import type { KeyOf, OptionRow, OptionsOf } from "./option_row.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const GENERAL = "General";
const ADDRESSES = "Addresses";
const QUEUES = "Queues and storage";
const MESSAGES = "Messages";
const CLIENTS = "Clients";
const LOOKUP = "Lookup servers and topology";
const STATISTICS = "Statistics";

const NO_STATSD = "this version sends nothing to statsd";
const NO_SCAN = "messages are timed out by deadline, so there are no channels to scan";

/** Every option of nsqd, in the order of the help. */
export const NSQD_OPTIONS = {
  ...generalOptions,
  showPermissions: {
    group: GENERAL,
    type: "bool",
    default: false,
    configKey: false,
    help: "print what the broker's thread may do with these options, and exit",
  },
  confined: {
    group: GENERAL,
    type: "bool",
    default: true,
    help: "run the broker in a thread that may do what its options name and nothing else; " +
      "false is for finding faults",
  },
  dataPath: {
    group: GENERAL,
    type: "path",
    default: "",
    computedDefault: "the current directory",
    help: "existing directory for everything that must outlive a restart",
  },
  nodeId: {
    group: GENERAL,
    type: "int",
    default: 0,
    bounds: { from: 0, below: 1024 },
    configKey: "id",
    computedDefault: "from the host name",
    help: "part of every message id; give each node its own",
  },
  ...logOptions,
  logPrefix: { ...logOptions.logPrefix, default: "[nsqd] " },
  tcpAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4150",
    help: "host:port, or path of a unix socket, for NSQ clients",
  },
  httpAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4151",
    help: "host:port, or path of a unix socket, for HTTP; empty turns it off",
  },
  httpsAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4152",
    help: "host:port, or path of a unix socket, for HTTPS, used once there is a certificate; " +
      "empty turns it off",
  },
  tcpListen: {
    group: ADDRESSES,
    type: "list",
    default: [],
    help: "one more address for NSQ clients, as --tcp-address",
  },
  httpListen: {
    group: ADDRESSES,
    type: "list",
    default: [],
    help: "one more address for HTTP, as --http-address",
  },
  unixSocketMode: {
    group: ADDRESSES,
    type: "string",
    default: "",
    help: "permissions of unix sockets, such as 0660; empty leaves them to the umask",
  },
  broadcastAddress: {
    group: ADDRESSES,
    type: "string",
    default: "",
    computedDefault: "the host name",
    help: "address under which clients of the lookup servers find this node; " +
      "auto is the first address of this machine that others can reach",
  },
  broadcastTcpPort: {
    group: ADDRESSES,
    type: "int",
    default: 0,
    help: "TCP port to announce; 0 is the real one",
  },
  broadcastHttpPort: {
    group: ADDRESSES,
    type: "int",
    default: 0,
    help: "HTTP port to announce; 0 is the real one",
  },
  memQueueSize: {
    group: QUEUES,
    type: "int",
    default: 10_000,
    unit: "messages",
    bounds: { from: 0 },
    help: "messages held in memory by each topic and each channel",
  },
  durability: {
    group: QUEUES,
    type: "choice",
    choices: ["memory", "async", "fsync"],
    default: "async",
    help: "when OK is sent: message in memory, handed to the operating system, or synced to disk",
  },
  minFreeSpace: {
    group: QUEUES,
    type: "int",
    default: 67_108_864,
    unit: "bytes",
    bounds: { from: 0 },
    help: "free disk space below which publishing is refused; 0 is no limit",
  },
  maxBytesPerFile: {
    group: QUEUES,
    type: "int",
    default: 104_857_600,
    unit: "bytes",
    bounds: { above: 0 },
    help: "size at which a new file is begun",
  },
  syncEvery: {
    group: QUEUES,
    type: "int",
    default: 2_500,
    unit: "messages",
    help: "messages after which a log is synced to disk; 0 is never for their number",
  },
  syncTimeout: {
    group: QUEUES,
    type: "duration",
    default: 2 * SECOND,
    bounds: { above: 0 },
    help: "time after which a log is synced to disk",
  },
  queueScanWorkerPoolMax: {
    group: QUEUES,
    type: "int",
    default: 4,
    noEffect: NO_SCAN,
    help: "workers that scan channels for late messages",
  },
  queueScanSelectionCount: {
    group: QUEUES,
    type: "int",
    default: 20,
    noEffect: NO_SCAN,
    help: "channels scanned for late messages at a time",
  },
  maxMsgSize: {
    group: MESSAGES,
    type: "int",
    default: 1_048_576,
    unit: "bytes",
    help: "largest body of a message",
  },
  maxBodySize: {
    group: MESSAGES,
    type: "int",
    default: 5_242_880,
    unit: "bytes",
    help: "largest body of a command, such as a batch of messages",
  },
  msgTimeout: {
    group: MESSAGES,
    type: "duration",
    default: MINUTE,
    help: "time a client has for a message unless it asks for another",
  },
  maxMsgTimeout: {
    group: MESSAGES,
    type: "duration",
    default: 15 * MINUTE,
    help: "longest time a client can have for a message",
  },
  maxReqTimeout: {
    group: MESSAGES,
    type: "duration",
    default: HOUR,
    help: "longest delay of a requeued message",
  },
  maxDeferTimeout: {
    group: MESSAGES,
    type: "duration",
    default: 0,
    bounds: { from: 0 },
    help: "longest delay of a published message; 0 is the same as for a requeued one",
  },
  maxRdyCount: {
    group: CLIENTS,
    type: "int",
    default: 2_500,
    unit: "messages",
    help: "largest RDY count of a client",
  },
  maxHeartbeatInterval: {
    group: CLIENTS,
    type: "duration",
    default: MINUTE,
    help: "longest time between heartbeats a client can ask for",
  },
  maxOutputBufferSize: {
    group: CLIENTS,
    type: "int",
    default: 65_536,
    unit: "bytes",
    help: "largest output buffer a client can ask for",
  },
  outputBufferTimeout: {
    group: CLIENTS,
    type: "duration",
    default: 250,
    bounds: { above: 0 },
    help: "time output is gathered for a client unless it asks for another",
  },
  minOutputBufferTimeout: {
    group: CLIENTS,
    type: "duration",
    default: 25,
    help: "shortest time for gathering output a client can ask for",
  },
  maxOutputBufferTimeout: {
    group: CLIENTS,
    type: "duration",
    default: 30 * SECOND,
    help: "longest time for gathering output a client can ask for",
  },
  maxChannelConsumers: {
    group: CLIENTS,
    type: "int",
    default: 0,
    unit: "clients",
    help: "clients that may consume from one channel; 0 is no limit",
  },
  maxConnections: {
    group: CLIENTS,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    unit: "connections",
    help: "connections of NSQ clients; 0 is no limit",
  },
  maxConnectionsPerAddress: {
    group: CLIENTS,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    unit: "connections",
    help:
      "connections of NSQ clients, and as many counted ones to the HTTP API, from one address; " +
      "an IPv6 address counts with its /64 network; 0 is no limit",
  },
  maxHttpConnections: {
    group: CLIENTS,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    unit: "connections",
    help: "connections to the HTTP API; counting them costs two thirds of its throughput, and " +
      "puts --handshake-timeout into effect for HTTP; 0 is no limit",
  },
  handshakeTimeout: {
    group: CLIENTS,
    type: "duration",
    default: 30 * SECOND,
    bounds: { from: 0 },
    help: "time for a new connection to say what it speaks, and for TLS; 0 is no limit",
  },
  commandTimeout: {
    group: CLIENTS,
    type: "duration",
    default: 2 * MINUTE,
    bounds: { from: 0 },
    help: "time for a command, or the body of an HTTP request, to arrive once it has begun; " +
      "0 is no limit",
  },
  lookupdTcpAddress: {
    group: LOOKUP,
    type: "list",
    default: [],
    configKey: "nsqlookupd_tcp_addresses",
    help: "host:port of a lookup server to announce topics and channels to",
  },
  httpClientConnectTimeout: {
    group: LOOKUP,
    type: "duration",
    default: 2 * SECOND,
    bounds: { above: 0 },
    help: "time to connect to an auth or lookup server over HTTP",
  },
  httpClientRequestTimeout: {
    group: LOOKUP,
    type: "duration",
    default: 5 * SECOND,
    bounds: { above: 0 },
    help: "time for a request to an auth or lookup server over HTTP",
  },
  topologyRegion: {
    group: LOOKUP,
    type: "string",
    default: "",
    help: "region this node is in",
  },
  topologyZone: {
    group: LOOKUP,
    type: "string",
    default: "",
    help: "zone this node is in, within its region",
  },
  enableExperiment: {
    group: LOOKUP,
    type: "list",
    default: [],
    help: "experiment to switch on: topology-aware-consumption prefers clients nearby",
  },
  ...NSQD_SECURITY_OPTIONS,
  e2eProcessingLatencyPercentile: {
    group: STATISTICS,
    type: "percentiles",
    default: [],
    configKey: "e2e_processing_latency_percentiles",
    help: "percentile of the time from publishing to finishing, above 0 and up to 1",
  },
  e2eProcessingLatencyWindowTime: {
    group: STATISTICS,
    type: "duration",
    default: 10 * MINUTE,
    help: "period over which those percentiles are taken",
  },
  metricsPerChannel: {
    group: STATISTICS,
    type: "int",
    default: 500,
    bounds: { from: 0 },
    help:
      "topics, and as many channels, that have figures of their own at /metrics, the oldest first; " +
      "the others only count in those of the node",
  },
  statsdAddress: {
    group: STATISTICS,
    type: "address",
    default: "",
    noEffect: NO_STATSD,
    help: "host:port of a statsd server, over UDP; empty turns it off",
  },
  statsdPrefix: {
    group: STATISTICS,
    type: "string",
    default: "nsq.%s",
    noEffect: NO_STATSD,
    help: "prefix of the keys sent to statsd; %s is replaced by this node's address",
  },
  statsdInterval: {
    group: STATISTICS,
    type: "duration",
    default: MINUTE,
    noEffect: NO_STATSD,
    help: "time between two reports to statsd, more than 1s",
  },
  statsdMemStats: {
    group: STATISTICS,
    type: "bool",
    default: true,
    noEffect: NO_STATSD,
    help: "report memory to statsd too",
  },
  statsdUdpPacketSize: {
    group: STATISTICS,
    type: "int",
    default: 508,
    unit: "bytes",
    noEffect: NO_STATSD,
    help: "largest packet sent to statsd",
  },
  statsdExcludeEphemeral: {
    group: STATISTICS,
    type: "bool",
    default: false,
    noEffect: NO_STATSD,
    help: "leave ephemeral topics and channels out of statsd",
  },
  ...deprecatedOptions,
  workerId: {
    group: GENERAL,
    type: "bool",
    default: false,
    configKey: false,
    deprecated: true,
    noEffect: "use --node-id",
    help: "use --node-id instead",
  },
} as const satisfies Record<string, OptionRow>;

/** The options of a running nsqd. */
export type Options = OptionsOf<typeof NSQD_OPTIONS>;
/** The name in code of an option of nsqd. */
export type OptionKey = KeyOf<typeof NSQD_OPTIONS>;
