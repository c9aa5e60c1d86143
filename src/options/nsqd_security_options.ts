// The options of nsqd that say who may come in and how connections are wrapped: a part of the list in
// nsqd_options.ts, where they stand in the order of the help. The same rules hold as there.

import type { OptionRow } from "./option_row.ts";

const AUTH = "Authorization";
const TLS = "TLS";
const COMPRESSION = "Compression";

/** Authorization, TLS and compression. */
export const NSQD_SECURITY_OPTIONS = {
  authHttpAddress: {
    group: AUTH,
    type: "list",
    default: [],
    configKey: "auth_http_addresses",
    help: "host:port or URL of an auth server to ask about every client",
  },
  authHttpRequestMethod: {
    group: AUTH,
    type: "string",
    default: "get",
    help: "how auth servers are asked: get or post",
  },
  authFile: {
    group: AUTH,
    type: "path",
    default: "",
    help: "TOML or JSON file with the users who may come in; read again on SIGHUP",
  },
  httpAuth: {
    group: AUTH,
    type: "bool",
    default: false,
    help: "let only users of --auth-file use the HTTP API, each as far as the role goes",
  },
  tlsCert: {
    group: TLS,
    type: "path",
    default: "",
    help: "PEM file with the certificate; goes with --tls-key",
  },
  tlsKey: {
    group: TLS,
    type: "path",
    default: "",
    help: "PEM file with the certificate's key",
  },
  tlsRequired: {
    group: TLS,
    type: "tlsRequired",
    default: "false",
    help: "refuse connections without TLS: true, false, or tcp-https to leave HTTP open",
  },
  tlsClientAuthPolicy: {
    group: TLS,
    type: "string",
    default: "",
    help: "certificates of clients: require any, or require-verify; other texts ask for none; " +
      "each implies --tls-required",
  },
  tlsRootCaFile: {
    group: TLS,
    type: "path",
    default: "",
    help: "PEM file with the authorities trusted to sign certificates; empty is the system's",
  },
  tlsMinVersion: {
    group: TLS,
    type: "tlsMinVersion",
    default: "tls1.0",
    help: "oldest version accepted: tls1.0, tls1.1, tls1.2 or tls1.3; 1.0 and 1.1 mean 1.2",
  },
  deflate: {
    group: COMPRESSION,
    type: "bool",
    default: true,
    help: "let clients ask for deflate",
  },
  maxDeflateLevel: {
    group: COMPRESSION,
    type: "int",
    default: 6,
    bounds: { from: 1, to: 9 },
    help: "highest level of deflate a client can ask for",
  },
  snappy: {
    group: COMPRESSION,
    type: "bool",
    default: true,
    help: "let clients ask for snappy",
  },
} as const satisfies Record<string, OptionRow>;
