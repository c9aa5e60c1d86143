// What is said of a TLS connection to an nsqlookupd that did not come about: the runtime's reason, and which flag helps.
// Knows texts only.

import type { ClientTls } from "../base/client_tls.ts";
import { reasonOf } from "../base/system_error.ts";

/** Reasons by what they contain, and what to do; the first that fits counts. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /altname|not valid for name|CertNotValidForName/i,
    "its certificate must name the host in --lookupd-tcp-address",
  ],
  [/expired|not yet valid/i, "it needs a new certificate"],
  [
    /self.signed|issuer|unable to verify|unable to get/i,
    "name who signed its certificate with --lookupd-tls-root-ca-file",
  ],
  [/certificate required|bad certificate|handshake failure/i, "see --lookupd-tls-cert"],
  [/./, "does it serve TLS? nsqlookupd does with --tls-cert"],
];

/** Why a handshake failed, with the remedy. */
export function tlsFailureText(error: unknown): string {
  const reason = reasonOf(error);
  const [, remedy] = REMEDIES.find(([pattern]) => pattern.test(reason)) ?? [undefined, ""];
  return `the TLS handshake failed - ${reason}; ${remedy}`;
}

/** Why a connection ended before anything was answered over it. */
export function refusedText(error: unknown, { certificate }: ClientTls): string {
  const remedy = certificate === undefined
    ? "it may want a certificate: see --lookupd-tls-cert"
    : "it may not trust the certificate in --lookupd-tls-cert";
  return `${reasonOf(error)}; ${remedy}`;
}
