// The options of nsqadmin, declared once: flags, file keys, help, types and documentation follow from these rows.
// Names and defaults are NSQ's where NSQ has them; durations are in milliseconds.

import { deprecatedOptions, generalOptions, logOptions } from "./daemon_options.ts";
import type { OptionRow, OptionsOf } from "./option_row.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const ADDRESSES = "Addresses";
const CLUSTER = "Cluster";
const ACCESS = "Access";
const GRAPHITE = "Graphite";
const LIMITS = "Limits";

/** Every option of nsqadmin, in the order of the help. */
export const NSQADMIN_OPTIONS = {
  ...generalOptions,
  ...logOptions,
  logPrefix: { ...logOptions.logPrefix, default: "[nsqadmin] " },
  httpAddress: {
    group: ADDRESSES,
    type: "address",
    default: "0.0.0.0:4171",
    help: "host:port for the page and the API",
  },
  basePath: {
    group: ADDRESSES,
    type: "string",
    default: "/",
    help: "path below which everything is served, such as /admin",
  },
  devStaticDir: {
    group: ADDRESSES,
    type: "path",
    default: "",
    help: "folder with the page's files, instead of those in the executable",
  },
  lookupdHttpAddress: {
    group: CLUSTER,
    type: "list",
    default: [],
    configKey: "nsqlookupd_http_addresses",
    help: "host:port of the HTTP API of an nsqlookupd; this or --nsqd-http-address",
  },
  nsqdHttpAddress: {
    group: CLUSTER,
    type: "list",
    default: [],
    configKey: "nsqd_http_addresses",
    help: "host:port of the HTTP API of an nsqd, where there is no nsqlookupd",
  },
  httpClientConnectTimeout: {
    group: CLUSTER,
    type: "duration",
    default: 2 * SECOND,
    bounds: { above: 0 },
    help: "time to connect to an nsqd or nsqlookupd",
  },
  httpClientRequestTimeout: {
    group: CLUSTER,
    type: "duration",
    default: 5 * SECOND,
    bounds: { above: 0 },
    help: "time for an nsqd or nsqlookupd to answer in full",
  },
  httpClientTlsInsecureSkipVerify: {
    group: CLUSTER,
    type: "bool",
    default: false,
    help: "believe any certificate of an nsqd",
  },
  httpClientTlsRootCaFile: {
    group: CLUSTER,
    type: "path",
    default: "",
    help: "PEM file with the authorities trusted to sign certificates of nsqd's",
  },
  httpClientTlsCert: {
    group: CLUSTER,
    type: "path",
    default: "",
    help: "PEM file with the certificate to show to nsqd's; goes with --http-client-tls-key",
  },
  httpClientTlsKey: {
    group: CLUSTER,
    type: "path",
    default: "",
    help: "PEM file with the certificate's key",
  },
  httpAuthTokenFile: {
    group: CLUSTER,
    type: "path",
    default: "",
    help: "file with the token to present to nsqd's where --http-auth is on",
  },
  allowConfigFromCidr: {
    group: ACCESS,
    type: "string",
    default: "127.0.0.1/8",
    help: "network whose clients may use /config; empty is everybody",
  },
  aclHttpHeader: {
    group: ACCESS,
    type: "string",
    default: "X-Forwarded-User",
    help: "header in which a proxy in front says who the user is",
  },
  adminUser: {
    group: ACCESS,
    type: "list",
    default: [],
    configKey: "admin_users",
    help: "user who may change things; where none is named, everybody may",
  },
  authFile: {
    group: ACCESS,
    type: "path",
    default: "",
    help: "TOML or JSON file with the users who may log in, as nsqd's; read again on SIGHUP",
  },
  sessionTimeout: {
    group: ACCESS,
    type: "duration",
    default: 12 * HOUR,
    bounds: { from: MINUTE },
    help: "how long a login lasts",
  },
  notificationHttpEndpoint: {
    group: ACCESS,
    type: "string",
    default: "",
    help: "URL to which each action of a user is posted, as JSON",
  },
  graphiteUrl: {
    group: GRAPHITE,
    type: "string",
    default: "",
    help: "URL of graphite, for its graphs on the page",
  },
  proxyGraphite: {
    group: GRAPHITE,
    type: "bool",
    default: false,
    help: "fetch graphite's graphs for the browser, as /render",
  },
  statsdPrefix: {
    group: GRAPHITE,
    type: "string",
    default: "nsq.%s",
    help: "prefix of the names in graphite, as the nsqd's have it; %s is the node",
  },
  statsdCounterFormat: {
    group: GRAPHITE,
    type: "string",
    default: "stats.counters.%s.count",
    help: "how statsd names counters; %s is the name",
  },
  statsdGaugeFormat: {
    group: GRAPHITE,
    type: "string",
    default: "stats.gauges.%s",
    help: "how statsd names gauges; %s is the name",
  },
  statsdInterval: {
    group: GRAPHITE,
    type: "duration",
    default: MINUTE,
    bounds: { from: SECOND },
    help: "how often the nsqd's push to statsd",
  },
  surveyInterval: {
    group: LIMITS,
    type: "duration",
    default: 2 * SECOND,
    bounds: { from: 500 },
    help: "how often all nsqd's are asked for their figures while somebody looks; less often " +
      "where their answers take long",
  },
  maxTails: {
    group: LIMITS,
    type: "int",
    default: 20,
    bounds: { from: 0 },
    unit: "tails",
    help: "live tails of topics at once; 0 is none",
  },
  maxHttpConnections: {
    group: LIMITS,
    type: "int",
    default: 1_000,
    bounds: { from: 0 },
    unit: "connections",
    help: "connections of browsers and tools; 0 is no limit",
  },
  maxConnectionsPerAddress: {
    group: LIMITS,
    type: "int",
    default: 0,
    bounds: { from: 0 },
    unit: "connections",
    help: "as many of them from one address; an IPv6 address counts with its /64 network; " +
      "0 is no limit",
  },
  handshakeTimeout: {
    group: LIMITS,
    type: "duration",
    default: 30 * SECOND,
    bounds: { from: 0 },
    help: "time for the head of an HTTP request; 0 is no limit",
  },
  ...deprecatedOptions,
} as const satisfies Record<string, OptionRow>;

/** The values of all options of nsqadmin. */
export type AdminOptions = OptionsOf<typeof NSQADMIN_OPTIONS>;
