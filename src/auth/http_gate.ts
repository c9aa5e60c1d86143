// Who may pass over HTTP: `Authorization: Bearer <token>`, or `Basic` with a user's name and token.

import { byteString } from "../base/byte_string.ts";
import type { Authority } from "./authority.ts";
import type { Identity, Role } from "./identity.ts";

const CREDENTIALS = /^(basic|bearer) +(\S+) *$/i;

/** Somebody may pass, or must say who he is first, or may not pass. */
export type Admission = Identity | "unknown" | "forbidden";

/** Guards routes. */
export class HttpGate {
  readonly #authority: Authority;

  constructor(authority: Authority) {
    this.#authority = authority;
  }

  /** Looks at the header `Authorization` of a request from `remote` for what needs `role`. Never rejects. */
  async admit(header: string | null, role: Role, remote: () => string): Promise<Admission> {
    const secret = header === null ? undefined : secretOf(header);
    if (secret === undefined) return "unknown";
    const identity = await this.#authority.user(secret, remote());
    if (identity === undefined) return "unknown";
    return identity.hasRole(role) ? identity : "forbidden";
  }
}

function secretOf(header: string): string | undefined {
  const [, scheme, credentials] = CREDENTIALS.exec(header) ?? [];
  if (scheme === undefined || credentials === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credentials;
  try {
    return byteString(Uint8Array.fromBase64(credentials));
  } catch {
    return undefined;
  }
}
