// From options to who is let in: the users of --auth-file, the auth servers, and the gate in front of the HTTP API.

import { Authority } from "./auth/authority.ts";
import type { AuthorityPort, AuthServerSettings } from "./auth/authority_port.ts";
import { readAuthFile } from "./auth/auth_file.ts";
import { AuthServers } from "./auth/auth_servers.ts";
import { HttpAuthorityPort } from "./auth/http_authority_port.ts";
import { HttpGate } from "./auth/http_gate.ts";
import type { Clock } from "./base/clock.ts";
import type { Options } from "./options/nsqd_options.ts";
import type { Refusals } from "./transport/refusals.ts";

/** What is needed besides the options. */
export interface BrokerAuthorityInputs {
  readonly options: Options;
  readonly clock: Clock;
  readonly refusals: Refusals;
  /** Asks the auth servers; undefined is directly, over HTTP. */
  readonly port?: AuthorityPort | undefined;
  /** Returns the text of a file, or throws. */
  readonly readTextFile: (path: string) => string;
}

/** Who is let in. */
export class BrokerAuthority {
  /** For clients over TCP. */
  readonly authority: Authority;
  /** For HTTP; undefined when that is open. */
  readonly gate: HttpGate | undefined;
  readonly #inputs: BrokerAuthorityInputs;

  private constructor(inputs: BrokerAuthorityInputs) {
    const { options: { authFile, httpAuth }, refusals, readTextFile } = inputs;
    this.#inputs = inputs;
    this.authority = new Authority({
      book: authFile === "" ? undefined : readAuthFile(authFile, readTextFile),
      servers: authServers(inputs),
      refused: (text) => refusals.add("auth_failed", text),
    });
    this.gate = httpAuth ? new HttpGate(this.authority) : undefined;
  }

  /**
   * Makes it; undefined when the options leave everything open.
   * @throws {AuthFileError} when the file of users cannot be used
   */
  static of(inputs: BrokerAuthorityInputs): BrokerAuthority | undefined {
    const { authFile, authHttpAddress } = inputs.options;
    const isOpen = authFile === "" && authHttpAddress.length === 0;
    return isOpen ? undefined : new BrokerAuthority(inputs);
  }

  /**
   * Reads the file of users again; says what was read, undefined when there is no file.
   * @throws {AuthFileError} when it cannot be used: then what was read before stays in force
   */
  reload(): string | undefined {
    const { options: { authFile }, readTextFile } = this.#inputs;
    if (authFile === "") return undefined;
    const book = readAuthFile(authFile, readTextFile);
    this.authority.replaceBook(book);
    return `${book.size} users of ${authFile}`;
  }
}

function authServers(inputs: BrokerAuthorityInputs): AuthServers | undefined {
  const { options, clock, refusals, port } = inputs;
  const { authHttpAddress: addresses } = options;
  if (addresses.length === 0) return undefined;
  return new AuthServers({
    port: port ?? new HttpAuthorityPort(authServerSettings(options, inputs.readTextFile)),
    addresses,
    nowMs: () => clock.nowMs(),
    random: () => Math.random(),
    failed: (text) => refusals.add("auth_server_failed", `AUTH: ${text}`),
  });
}

/** How the auth servers are asked. Throws what `readTextFile` throws, for the certificates of authorities. */
export function authServerSettings(
  options: Options,
  readTextFile: (path: string) => string,
): AuthServerSettings {
  return {
    addresses: options.authHttpAddress,
    method: options.authHttpRequestMethod === "post" ? "post" : "get",
    connectTimeoutMs: options.httpClientConnectTimeout,
    requestTimeoutMs: options.httpClientRequestTimeout,
    rootCa: options.tlsRootCaFile === "" ? undefined : readTextFile(options.tlsRootCaFile),
    minVersion: options.tlsMinVersion === "tls1.3" ? "TLSv1.3" : "TLSv1.2",
  };
}
