// The rows of a daemon that serves TLS, to be spread into its table, and what they must fulfil together. Files are looked at
// through a function; what is in them is judged where they are used.

import { reasonOf } from "../base/system_error.ts";
import { OptionError } from "./option_error.ts";
import type { OptionRow, OptionsOf } from "./option_row.ts";

const TLS = "TLS";

/** How a daemon serves TLS, and to whom. */
export const tlsServerOptions = {
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
} as const satisfies Record<string, OptionRow>;

/** The values of these rows. */
export type TlsServerOptions = OptionsOf<typeof tlsServerOptions>;

type ReadTextFile = (path: string) => string;

/** A policy for clients' certificates needs TLS; who chose tcp-https keeps plain HTTP. */
export function withTlsImplied<Options extends TlsServerOptions>(options: Options): Options {
  const isImplied = options.tlsClientAuthPolicy !== "" && options.tlsRequired === "false";
  return isImplied ? { ...options, tlsRequired: "true" } : options;
}

/** Checks what a server is to use. Throws OptionError, exit code 1, with upstream's sentences. */
export function checkTlsServer(options: TlsServerOptions, readTextFile: ReadTextFile): void {
  const { tlsCert, tlsKey, tlsRootCaFile } = options;
  checkPair({ "tls-cert": tlsCert, "tls-key": tlsKey }, readTextFile);
  if (tlsCert === "" && options.tlsRequired !== "false") {
    throw new OptionError("cannot require TLS client connections without TLS key and cert", 1);
  }
  if (tlsRootCaFile !== "") {
    checkReadable(tlsRootCaFile, "failed to build client TLS config", readTextFile);
  }
}

/** A certificate and its key, by flag: both can be read, or neither is given. Throws OptionError, exit code 1. */
export function checkPair(
  paths: Readonly<Record<string, string>>,
  readTextFile: ReadTextFile,
): void {
  const failure = "failed to build TLS config";
  const names = Object.keys(paths).map((name) => `--${name}`);
  const isGiven = Object.values(paths).some((path) => path !== "");
  for (const [name, path] of Object.entries(paths)) {
    if (path !== "") checkReadable(path, failure, readTextFile);
    else if (isGiven) {
      const reason = `--${name} is missing: ${names.join(" and ")} go together`;
      throw new OptionError(`${failure} - ${reason}`, 1);
    }
  }
}

/** Throws OptionError, exit code 1, where a file cannot be read. */
export function checkReadable(path: string, failure: string, readTextFile: ReadTextFile): void {
  try {
    readTextFile(path);
  } catch (error) {
    const text = reasonOf(error);
    const reason = /^(.*?) \(os error \d+\)/.exec(text)?.[1]?.toLowerCase() ?? text;
    throw new OptionError(`${failure} - open ${path}: ${reason}`, 1);
  }
}
