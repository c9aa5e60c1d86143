// The keys of `--consumer-opt` and `--producer-opt`, in the form `key,value`: names, defaults and bounds are those of
// NSQ's tools, but that dialling may take 5 s instead of 1, since a busy machine is no broken one, and an nsqlookupd has
// 5 s to answer instead of 60. What cannot be done here is refused by name, never passed over.

import { BACKOFF_STRATEGIES } from "../client/backoff.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";

const TIMING = "Timing";
const FLOW = "Flow";
const IDENTITY = "Identity";
const SECURITY = "Security";
/** The group of what no value but the default can be given. */
export const UNAVAILABLE = "Accepted when empty only";

const MINUTE_MS = 60_000;
/** Somebody waits for the answer; NSQ's tools wait a minute. */
export const LOOKUP_LIMIT_MS = 5_000;
const REQUEUE_BOUNDS = { from: 0, to: 60 * MINUTE_MS };

/** Every key of the two flags. */
export const clientOptionTable = {
  dialTimeout: { group: TIMING, type: "duration", default: 5_000, help: "time to connect" },
  readTimeout: {
    group: TIMING,
    type: "duration",
    default: MINUTE_MS,
    bounds: { from: 100, to: 5 * MINUTE_MS },
    help: "how long the server may be silent",
  },
  writeTimeout: {
    group: TIMING,
    type: "duration",
    default: 1_000,
    bounds: { from: 100, to: 5 * MINUTE_MS },
    help: "accepted; the read timeout notices a server that takes nothing",
  },
  heartbeatInterval: {
    group: TIMING,
    type: "duration",
    default: 30_000,
    help: "how often the server asks whether the client is there",
  },
  msgTimeout: {
    group: TIMING,
    type: "duration",
    default: 0,
    bounds: { from: 0 },
    help: "time for a message; 0 is the server's choice",
  },
  outputBufferSize: { group: FLOW, type: "int", default: 16_384, help: "bytes the server gathers" },
  outputBufferTimeout: {
    group: FLOW,
    type: "duration",
    default: 250,
    help: "how long the server may gather",
  },
  sampleRate: {
    group: FLOW,
    type: "int",
    default: 0,
    bounds: { from: 0, to: 99 },
    help: "percent of the messages; 0 is all",
  },
  maxAttempts: {
    group: FLOW,
    type: "int",
    default: 5,
    bounds: { from: 0, to: 65535 },
    help: "attempts before a message is given up; 0 is no limit",
  },
  defaultRequeueDelay: {
    group: FLOW,
    type: "duration",
    default: 90_000,
    bounds: REQUEUE_BOUNDS,
    help: "delay of a failed message, times its attempts",
  },
  maxRequeueDelay: {
    group: FLOW,
    type: "duration",
    default: 15 * MINUTE_MS,
    bounds: REQUEUE_BOUNDS,
    help: "longest delay of a failed message",
  },
  backoffMultiplier: {
    group: FLOW,
    type: "duration",
    default: 1_000,
    bounds: REQUEUE_BOUNDS,
    help: "unit of the pause after failures",
  },
  maxBackoffDuration: {
    group: FLOW,
    type: "duration",
    default: 2 * MINUTE_MS,
    bounds: REQUEUE_BOUNDS,
    help: "longest pause after failures; 0 is none",
  },
  rdyRedistributeInterval: {
    group: FLOW,
    type: "duration",
    default: 5_000,
    bounds: { from: 1, to: 5_000 },
    help: "how often the turn moves on between servers",
  },
  lookupdPollInterval: {
    group: TIMING,
    type: "duration",
    default: MINUTE_MS,
    bounds: { from: 10, to: 5 * MINUTE_MS },
    help:
      "how often lookup servers are asked; longest wait before connecting again to a lost server",
  },
  clientId: { group: IDENTITY, type: "string", default: "", help: "name of the client" },
  hostname: { group: IDENTITY, type: "string", default: "", help: "name of the host" },
  userAgent: { group: IDENTITY, type: "string", default: "", help: "program and version" },
  maxInFlight: {
    group: FLOW,
    type: "int",
    default: 1,
    bounds: { from: 0 },
    help: "accepted; the tool's own flag decides",
  },
  lowRdyIdleTimeout: {
    group: FLOW,
    type: "duration",
    default: 10_000,
    bounds: { from: 1_000, to: 5 * MINUTE_MS },
    help: "accepted; turns follow rdy_redistribute_interval",
  },
  lowRdyTimeout: {
    group: FLOW,
    type: "duration",
    default: 30_000,
    bounds: { from: 1_000, to: 5 * MINUTE_MS },
    help: "accepted; turns follow rdy_redistribute_interval",
  },
  backoffStrategy: {
    group: FLOW,
    type: "choice",
    choices: BACKOFF_STRATEGIES,
    default: "exponential",
    help: "whether pauses after failures are as long as the level says, or by chance up to that",
  },
  lookupdPollJitter: {
    group: TIMING,
    type: "float",
    default: 0.3,
    bounds: { from: 0, to: 1 },
    help: "so much later lookup servers are asked at most, as a part of the interval",
  },
  lookupdPollTimeout: {
    group: TIMING,
    type: "duration",
    default: LOOKUP_LIMIT_MS,
    bounds: { above: 0 },
    help: "time for a lookup server to answer",
  },
  skipLookupdAuthorization: {
    group: SECURITY,
    type: "bool",
    default: true,
    help: "false sends the secret to lookup servers too, in plain text; upstream's key means the " +
      "opposite",
  },
  localAddr: {
    group: UNAVAILABLE,
    type: "string",
    default: "",
    help: "address to connect from; Deno cannot choose it",
  },
  tlsV1: {
    group: SECURITY,
    type: "bool",
    default: false,
    configKey: "tls_v1",
    help: "encrypt; a server without TLS is not spoken to",
  },
  tlsRootCaFile: {
    group: SECURITY,
    type: "path",
    default: "",
    help: "PEM file with the authorities trusted to sign the server's certificate",
  },
  tlsCert: { group: SECURITY, type: "path", default: "", help: "PEM file to show to the server" },
  tlsKey: { group: SECURITY, type: "path", default: "", help: "PEM file with its key" },
  tlsInsecureSkipVerify: {
    group: SECURITY,
    type: "bool",
    default: false,
    help: "encrypt, and take any server for the right one",
  },
  tlsMinVersion: {
    group: SECURITY,
    type: "choice",
    choices: ["ssl3.0", "tls1.0", "tls1.1", "tls1.2", "tls1.3"],
    default: "tls1.0",
    help: "oldest version accepted; everything before 1.2 means 1.2",
  },
  authSecret: {
    group: SECURITY,
    type: "string",
    default: "",
    help: "secret for a server that asks for one",
  },
  snappy: { group: FLOW, type: "bool", default: false, help: "compress with snappy" },
  deflate: { group: FLOW, type: "bool", default: false, help: "compress with deflate" },
  deflateLevel: {
    group: FLOW,
    type: "int",
    default: 6,
    bounds: { from: 1, to: 9 },
    help: "how hard to compress with deflate",
  },
} as const satisfies OptionTable;

/** Values of the keys that were given. */
export type ClientOptions = Partial<OptionsOf<typeof clientOptionTable>>;
