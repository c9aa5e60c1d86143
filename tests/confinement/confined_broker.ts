/**
 * A broker in a thread of its own with the permissions that its options give it, as nsqd runs it. HTTP is spoken on a unix
 * socket in the data path. Invariant: the thread has ended when its scope ends.
 */
import { type AuthorityPort } from "../../src/auth/authority_port.ts";
import { BrokerThread, openThread, type ThreadEnd } from "../../src/confinement/broker_thread.ts";
import { type BrokerPermissions, permissionsOf } from "../../src/confinement/permissions.ts";
import { LookupPeers } from "../../src/lookup/lookup_peers.ts";
import { resolveNsqdOptions } from "../../src/options/nsqd_checks.ts";
import type { Options } from "../../src/options/nsqd_options.ts";
import { SILENT_LOG } from "../base/kept_log.ts";

const WORKER = new URL("../../src/command_line/broker_worker.ts", import.meta.url);

/** The options of these words. */
export function optionsOf(...words: string[]): Options {
  const inputs = { hostname: "here", readTextFile: Deno.readTextFileSync };
  const resolution = resolveNsqdOptions(words, inputs);
  if (resolution.kind !== "options") throw new Error(`no options: ${words}`);
  return resolution.options;
}

/** What a broker with these options may do. */
export function permissionsHere(options: Options): BrokerPermissions {
  return permissionsOf(options, { currentDirectory: Deno.cwd() });
}

/** A running one. */
export class ConfinedBroker implements AsyncDisposable {
  readonly thread: BrokerThread;
  readonly #socketPath: string;

  private constructor(thread: BrokerThread, socketPath: string) {
    this.thread = thread;
    this.#socketPath = socketPath;
  }

  /** Starts one; rejects with the reason when it does not start. */
  static async start(
    dataPath: string,
    flags: readonly string[] = [],
    authority?: AuthorityPort,
  ): Promise<ConfinedBroker> {
    const socketPath = `${dataPath}/http.sock`;
    const options = optionsOf(
      `--data-path=${dataPath}`,
      "--tcp-address=127.0.0.1:0",
      `--http-address=${socketPath}`,
      "--log-level=fatal",
      "--min-free-space=0",
      ...flags,
    );
    const { promise, resolve } = Promise.withResolvers<"listening">();
    const thread = new BrokerThread(openThread(WORKER, permissionsHere(options)), {
      order: { kind: "start", options, hostname: "here" },
      authority,
      statsd: { send() {}, close() {} },
      lookup: new LookupPeers({ log: SILENT_LOG }),
      onListening: () => resolve("listening"),
    });
    const first = await Promise.race([promise, thread.ended]);
    if (first !== "listening") throw new Error("text" in first ? first.text : first.kind);
    return new ConfinedBroker(thread, socketPath);
  }

  /** Sends a request and returns the body of the reply. */
  async request(target: string, method = "GET", body = ""): Promise<string> {
    using connection = await Deno.connect({ transport: "unix", path: this.#socketPath });
    const request = `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
    await connection.write(new TextEncoder().encode(request));
    const reply = await new Response(connection.readable).text();
    return reply.slice(reply.indexOf("\r\n\r\n") + 4);
  }

  /** Where the protocol is spoken. */
  async address(): Promise<string> {
    return `127.0.0.1:${JSON.parse(await this.request("/info")).tcp_port}`;
  }

  /** Ends it as a signal would. */
  stop(): Promise<ThreadEnd> {
    this.thread.stop();
    return this.thread.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
