// What a client of TLS trusts and shows, as plain data, and the same as node:tls and node:https take it. It reads no file.

/** Whom a client trusts and what it shows; texts are PEM. */
export interface ClientTls {
  /** Who may sign certificates of servers; absent is the system's. */
  readonly authorities?: readonly string[];
  /** Its own certificate and key, for servers that ask for one. */
  readonly certificate?: string;
  readonly key?: string;
}

/** The options for `connect` of node:tls and `request` of node:https; nothing where there is nothing special. */
export function nodeOptionsOf(tls: ClientTls | undefined) {
  return {
    ...tls?.authorities !== undefined && { ca: [...tls.authorities] },
    ...tls?.certificate !== undefined && { cert: tls.certificate },
    ...tls?.key !== undefined && { key: tls.key },
  };
}
