// The way to the auth servers, as the broker sees it. Arguments and results are plain data: where the broker is confined
// to a worker, whoever may open connections does the asking elsewhere, and these go there and back as messages.

/** A client that asks to be let in. */
export interface AuthQuestion {
  /** What it presents, a byte string. */
  readonly secret: string;
  /** Its IP address without a port; empty for a unix socket. */
  readonly remoteIp: string;
  readonly isTls: boolean;
  /** The subject's name in its certificate; empty when it showed none. */
  readonly commonName: string;
}

/** What a server said: the body of a reply with status 200, or why there is none. */
export type AuthAnswer =
  | { readonly kind: "body"; readonly body: string }
  | { readonly kind: "failure"; readonly reason: string };

/** Asks auth servers. */
export interface AuthorityPort {
  /**
   * Asks the server with this place in the list of `AuthServerSettings`. Never rejects; resolves within the time for a
   * request, and a body is not longer than `AUTH_REPLY_BYTES_MAX`.
   */
  ask(server: number, question: AuthQuestion): Promise<AuthAnswer>;
}

/** Where the auth servers are and how they are asked: plain data. */
export interface AuthServerSettings {
  /** `host:port` or URLs. */
  readonly addresses: readonly string[];
  readonly method: "get" | "post";
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** PEM of the authorities that servers' certificates may come from; undefined is the system's. */
  readonly rootCa: string | undefined;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

/** Longest reply of an auth server. */
export const AUTH_REPLY_BYTES_MAX = 1024 * 1024;

/** The longest secret a client may present, bytes: an auth server gets it in a URL. */
export const SECRET_BYTES_MAX = 64 * 1024;
