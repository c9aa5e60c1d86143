// The flags about encryption, compression and secrets that the tools share: the short way to say what
// `--consumer-opt` and `--producer-opt` can say as well.

import { reasonOf } from "../base/system_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";
import { OptionError } from "../options/option_error.ts";
import { type ClientOptions, clientOptionTable } from "./client_option_table.ts";
import { OTHER, versionFlag } from "./tool_options.ts";

const SECURITY = "Security and compression";

/** The flags, to be spread into a tool's table. */
export const connectionFlags = {
  tls: {
    group: SECURITY,
    type: "bool",
    default: false,
    help: "encrypt; a server without TLS is not spoken to. The other --tls flags imply it",
  },
  tlsRootCaFile: { ...clientOptionTable.tlsRootCaFile, group: SECURITY },
  tlsCert: {
    group: SECURITY,
    type: "path",
    default: "",
    help: "PEM file with a certificate to show to the server; goes with --tls-key",
  },
  tlsKey: { group: SECURITY, type: "path", default: "", help: "PEM file with its key" },
  tlsInsecureSkipVerify: { ...clientOptionTable.tlsInsecureSkipVerify, group: SECURITY },
  snappy: { ...clientOptionTable.snappy, group: SECURITY },
  deflate: { ...clientOptionTable.deflate, group: SECURITY },
  authSecret: {
    group: SECURITY,
    type: "string",
    default: "",
    help: "secret for a server that asks for one; others on this machine can read it in the " +
      "list of processes, so prefer --auth-secret-file",
  },
  authSecretFile: {
    group: SECURITY,
    type: "path",
    default: "",
    help: "file that contains the secret",
  },
} as const satisfies OptionTable;

/** The flags about connections of a tool that reads. */
export const consumingFlags = {
  consumerOpt: {
    group: OTHER,
    type: "list",
    default: [],
    help: "option of the connections to read from as key,value, such as max_attempts,0",
  },
  ...connectionFlags,
  ...versionFlag,
} as const satisfies OptionTable;

/** The flags about connections of a tool that publishes. */
export const publishingFlags = {
  producerOpt: {
    group: OTHER,
    type: "list",
    default: [],
    help: "option of the connections to publish to as key,value, such as dial_timeout,5s",
  },
  ...connectionFlags,
  ...versionFlag,
} as const satisfies OptionTable;

/** Adds what the flags say to the options that `--consumer-opt` or `--producer-opt` gave. Throws OptionError. */
export function withConnectionFlags(
  given: ClientOptions,
  flags: OptionsOf<typeof connectionFlags>,
  readTextFile: (path: string) => string = Deno.readTextFileSync,
): ClientOptions {
  const { tls, tlsRootCaFile, tlsCert, tlsKey, tlsInsecureSkipVerify, snappy, deflate } = flags;
  const isTls = tls || tlsInsecureSkipVerify || `${tlsRootCaFile}${tlsCert}${tlsKey}` !== "";
  const authSecret = secretOf(flags, readTextFile);
  if ((snappy || given.snappy) && (deflate || given.deflate)) {
    throw new OptionError("use --snappy or --deflate, not both", 1);
  }
  return {
    ...given,
    ...isTls && { tlsV1: true },
    ...tlsRootCaFile && { tlsRootCaFile },
    ...tlsCert && { tlsCert },
    ...tlsKey && { tlsKey },
    ...tlsInsecureSkipVerify && { tlsInsecureSkipVerify },
    ...snappy && { snappy },
    ...deflate && { deflate },
    ...authSecret && { authSecret },
  };
}

function secretOf(
  { authSecret, authSecretFile }: OptionsOf<typeof connectionFlags>,
  readTextFile: (path: string) => string,
): string {
  if (authSecretFile === "") return authSecret;
  if (authSecret !== "") {
    throw new OptionError("use --auth-secret or --auth-secret-file, not both", 1);
  }
  try {
    return readTextFile(authSecretFile).trimEnd();
  } catch (error) {
    const reason = reasonOf(error);
    throw new OptionError(`failed to read --auth-secret-file - ${reason}`, 1);
  }
}
