// Where a broker listens: TCP, HTTP and HTTPS at the addresses of its options, each of them at any number. It opens and
// closes them; who is served is not its business.

import type { BrokerFace } from "./broker_face.ts";
import { startHttpServer, startHttpsServer } from "./http/http_server.ts";
import { socketFileSettings } from "./http/host.ts";
import type { HttpServer } from "./web/serving.ts";
import type { Options } from "./options/nsqd_options.ts";
import { listen, openAt } from "./transport/listener.ts";
import type { TlsMaterial } from "./transport/tls_material.ts";

/** Opens the listeners of the protocol, that of `--tcp-address` first. Rejects with an Error worded for the log. */
export async function openTcpListeners(options: Options): Promise<Deno.Listener[]> {
  const listeners: Deno.Listener[] = [];
  const settings = socketFileSettings(options);
  try {
    for (const text of [options.tcpAddress, ...options.tcpListen]) {
      listeners.push(await openAt(text, (address) => listen(address, settings)));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return listeners;
}

/** The HTTP servers of a broker. */
export class HttpListeners {
  readonly #http: HttpServer[] = [];
  #https: HttpServer | undefined;

  private constructor() {}

  /** Opens those that the options name, HTTPS when there is a certificate. Rejects as `openTcpListeners`. */
  static async open(face: BrokerFace, tls: TlsMaterial | undefined): Promise<HttpListeners> {
    const { httpAddress, httpListen, httpsAddress } = face.options;
    const all = new HttpListeners();
    try {
      for (const text of [httpAddress, ...httpListen].filter((address) => address !== "")) {
        all.#http.push(await openAt(text, (address) => startHttpServer(face, address)));
      }
      if (tls !== undefined && httpsAddress !== "") {
        all.#https = await openAt(httpsAddress, (at) => startHttpsServer(face, at, tls));
      }
    } catch (error) {
      await all.shutdown();
      throw error;
    }
    face.listeningOn({ http: all.#http[0]?.port ?? 0, https: all.#https?.port ?? 0 });
    return all;
  }

  /** What the log says of them. */
  get lines(): string[] {
    const lines = this.#http.map(({ text }) => `HTTP: listening on ${text}`);
    return this.#https === undefined
      ? lines
      : [...lines, `HTTPS: listening on ${this.#https.text}`];
  }

  /** See `HttpServer.shutdown`. */
  async shutdown(): Promise<void> {
    const all = this.#https === undefined ? this.#http : [...this.#http, this.#https];
    await Promise.all(all.map((server) => server.shutdown()));
  }
}
