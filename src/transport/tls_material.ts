// Certificate, key, trusted authorities and policy of a server: read from files, checked, and read again on request.
// TLS is 1.2 and 1.3. It reads through a function it is given, and opens no connection.
// Invariant: what it holds was checked as a whole; a failed reload changes nothing.

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { SecureVersion } from "node:tls";
import { type ClientTls } from "../base/client_tls.ts";
import { systemErrorText } from "../base/system_error.ts";
import { TransportError } from "./transport.ts";

/** Where the material lies and what is asked of clients; the names are those of nsqd's flags. */
export interface TlsFiles {
  /** Path of a PEM file; empty is no TLS. */
  readonly tlsCert: string;
  readonly tlsKey: string;
  /** Path of the authorities trusted to sign certificates of clients; empty is the system's. */
  readonly tlsRootCaFile: string;
  /** `require` any certificate, `require-verify` one that is trusted; everything else asks for none. */
  readonly tlsClientAuthPolicy: string;
  readonly tlsMinVersion: string;
}

/** What `createServer` of `node:tls` and `node:https` takes, and `setSecureContext` after a reload. */
export interface TlsServerOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string[];
  readonly minVersion: SecureVersion;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

/** A connection after its handshake, as `TLSSocket` is one: what a policy looks at. */
export interface HandshakenPeer {
  readonly authorized: boolean;
  readonly authorizationError?: unknown;
  getPeerCertificate(): { subject?: unknown; valid_to?: string } | null | undefined;
}

type ReadTextFile = (path: string) => string;

/** The TLS side of a server. */
export class TlsMaterial {
  readonly #files: TlsFiles;
  readonly #readTextFile: ReadTextFile;
  readonly #listeners: (() => void)[] = [];
  #serverOptions: TlsServerOptions;

  private constructor(files: TlsFiles, readTextFile: ReadTextFile) {
    this.#files = files;
    this.#readTextFile = readTextFile;
    this.#serverOptions = readServerOptions(files, readTextFile);
  }

  /**
   * Reads and checks the files; undefined when no certificate is named.
   * @throws {TransportError} saying which file cannot be used, and why
   */
  static load(files: TlsFiles, readTextFile: ReadTextFile): TlsMaterial | undefined {
    if (files.tlsCert !== "" || files.tlsKey !== "") return new TlsMaterial(files, readTextFile);
    readAuthorities(files.tlsRootCaFile, readTextFile);
    return undefined;
  }

  /** The latest material. */
  get serverOptions(): TlsServerOptions {
    return this.#serverOptions;
  }

  /**
   * Reads the files again; connections that stand are not touched.
   * @throws {TransportError} as `load`; what was read before then stays in use
   */
  reload(): void {
    this.#serverOptions = readServerOptions(this.#files, this.#readTextFile);
    for (const listener of this.#listeners) listener();
  }

  /** Has `listener` called after each successful reload. */
  onReload(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Why the policy turns a client away whose handshake has succeeded; undefined when it is welcome. */
  refusalOf(peer: HandshakenPeer): string | undefined {
    const { requestCert, rejectUnauthorized } = this.#serverOptions;
    if (!requestCert) return undefined;
    const certificate = peer.getPeerCertificate();
    if (certificate?.subject === undefined) return "tls: client didn't provide a certificate";
    if (!rejectUnauthorized || peer.authorized) return undefined;
    const validTo = certificate.valid_to ?? "";
    const reason = Date.parse(validTo) < Date.now()
      ? `it was valid until ${validTo}`
      : peer.authorizationError;
    return `tls: the client's certificate cannot be verified: ${reason}`;
  }
}

function readServerOptions(files: TlsFiles, readTextFile: ReadTextFile): TlsServerOptions {
  const { cert, key } = readPair(files.tlsCert, files.tlsKey, readTextFile);
  const authorities = readAuthorities(files.tlsRootCaFile, readTextFile);
  const policy = files.tlsClientAuthPolicy;
  return {
    cert,
    key,
    ...authorities !== undefined && { ca: authorities },
    minVersion: files.tlsMinVersion === "tls1.3" ? "TLSv1.3" : "TLSv1.2",
    requestCert: policy === "require" || policy === "require-verify",
    rejectUnauthorized: policy === "require-verify",
  };
}

const PAIR = "failed to build TLS config";
const AUTHORITIES = "failed to build client TLS config";
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** How it is said that the material of a client cannot be used. */
export interface ClientTlsWords {
  /** Comes before the reason why certificate or key cannot be read. */
  readonly pair: string;
  /** Comes before the reason why the authorities cannot be read. */
  readonly authorities: string;
  /** The whole sentence for a file without authorities. */
  readonly noAuthorities: string;
}

/** Where the material of a client lies: paths of PEM files. */
export interface ClientTlsFiles {
  /** Empty is whom the system trusts. */
  readonly rootCaFile: string;
  /** Empty is none; both or neither. */
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * What a client trusts and shows.
 * @throws {TransportError} saying which file cannot be used, and why
 */
export function readClientTls(
  { rootCaFile, certFile, keyFile }: ClientTlsFiles,
  readTextFile: ReadTextFile,
  words: ClientTlsWords = wordsOf(rootCaFile),
): ClientTls {
  const pair = certFile === "" ? undefined : readPair(certFile, keyFile, readTextFile, words.pair);
  const authorities = readAuthorities(rootCaFile, readTextFile, words);
  return {
    ...authorities !== undefined && { authorities },
    ...pair !== undefined && { certificate: pair.cert, key: pair.key },
  };
}

/**
 * A certificate and its key from PEM files.
 * @throws {TransportError} when one cannot be read, or they do not belong together
 */
function readPair(
  certPath: string,
  keyPath: string,
  readTextFile: ReadTextFile,
  failure = PAIR,
): { cert: string; key: string } {
  const cert = pemOf(certPath, readTextFile, failure);
  const key = pemOf(keyPath, readTextFile, failure);
  const wrong = (path: string, what: string) => `${failure} - ${path} contains no ${what}`;
  const certificate = parsed(
    () => new X509Certificate(cert),
    wrong(certPath, "certificate in PEM form"),
  );
  const privateKey = parsed(() => createPrivateKey(key), wrong(keyPath, "private key in PEM form"));
  if (certificate.checkPrivateKey(privateKey)) return { cert, key };
  throw new TransportError(`${failure} - the key in ${keyPath} is not that of ${certPath}`);
}

function parsed<Value>(parse: () => Value, failure: string): Value {
  try {
    return parse();
  } catch (cause) {
    throw new TransportError(failure, { cause });
  }
}

function wordsOf(rootCaFile: string): ClientTlsWords {
  const noAuthorities = `${AUTHORITIES} - failed to append certificate to pool (${rootCaFile})`;
  return { pair: PAIR, authorities: AUTHORITIES, noAuthorities };
}

/**
 * The certificates in a PEM file, each a PEM text; undefined when no file is named.
 * @throws {TransportError} when the file cannot be read or contains none
 */
function readAuthorities(
  path: string,
  readTextFile: ReadTextFile,
  words = wordsOf(path),
): string[] | undefined {
  if (path === "") return undefined;
  const certificates = pemOf(path, readTextFile, words.authorities).match(CERTIFICATES) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
    if (certificates.length > 0) return [...certificates];
  } catch {
    // One that cannot be parsed is as bad as none: upstream's sentence says so.
  }
  throw new TransportError(words.noAuthorities);
}

function pemOf(path: string, readTextFile: ReadTextFile, failure: string): string {
  try {
    return readTextFile(path);
  } catch (cause) {
    throw new TransportError(`${failure} - open ${path}: ${systemErrorText(cause)}`, { cause });
  }
}
