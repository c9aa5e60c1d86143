// The options of nsqd that say who may come in and how connections are wrapped: a part of the list in
// nsqd_options.ts, where they stand in the order of the help. The same rules hold as there.

import type { OptionRow } from "./option_row.ts";
import { tlsServerOptions } from "./tls_options.ts";

const AUTH = "Authorization";
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
  ...tlsServerOptions,
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
