/**
 * What one running case has: its folder, its names, its daemons and its connections.
 *
 * Owns all of it and gives all of it back in `end`, however the case went. Knows no step.
 */
import type { FakeLookupd } from "../lookup/fake_lookupd.ts";
import type { AuthServer } from "./auth_server.ts";
import type { StatsdServer } from "./statsd_server.ts";
import { CaseNames } from "./case_names.ts";
import type { ClientConnection } from "./connection.ts";
import { Daemon, type PortUse } from "./daemon.ts";
import { freePort, returnPorts } from "../daemons/ports.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { DaemonKind } from "./vectors.ts";

const CERTIFICATES = new URL("./tls", import.meta.url).pathname;

/** The state of a case between its steps. */
export class CaseRun {
  readonly names = new CaseNames();
  readonly connections = new Map<string, ClientConnection>();
  readonly daemons = new Map<string, Daemon>();
  readonly authServers = new Map<string, AuthServer>();
  readonly statsdServers = new Map<string, StatsdServer>();
  readonly lookupds = new Map<string, FakeLookupd>();
  readonly folder: string;
  /** The daemon to use instead of a new one, or null. */
  readonly shared: Daemon | null;
  /** How many times slower the case is played: waiting ends that many times later. */
  readonly pace: number;
  readonly stopwatch = new Stopwatch();
  readonly #ports: number[] = [];

  /** Makes a temporary folder, which `end` removes. */
  constructor(shared: Daemon | null, pace = 1) {
    this.shared = shared;
    this.pace = pace;
    this.folder = Deno.makeTempDirSync({ prefix: "nsqd-conformance-" });
    this.names.setPath("tmp", this.folder);
    this.names.set("tls", () => CERTIFICATES);
    this.names.set("hostname", () => Deno.hostname());
  }

  /** The connection of that name; throws if the case has not opened it. */
  connection(name: string): ClientConnection {
    const connection = this.connections.get(name);
    if (connection === undefined) throw new Error(`The case has no connection ${name}.`);
    return connection;
  }

  /** The daemon of that name; throws if the case has not started it. */
  daemon(name: string): Daemon {
    const daemon = this.daemons.get(name);
    if (daemon === undefined) throw new Error(`The case has no daemon ${name}.`);
    return daemon;
  }

  /** Makes a daemon known by that name; it is not started. */
  addDaemon(name: string, kind: DaemonKind): Daemon {
    const dataPath = `${this.folder}/${name}`;
    Deno.mkdirSync(dataPath, { recursive: true });
    const daemon = new Daemon(name, this.folder, dataPath, kind);
    this.daemons.set(name, daemon);
    this.names.set(`${name}.data`, () => dataPath);
    return daemon;
  }

  /** Uses the shared daemon under that name. */
  borrowDaemon(name: string, daemon: Daemon): void {
    this.daemons.set(name, daemon);
    for (const [use, port] of daemon.ports) this.names.setPort(`${name}.${use}_port`, port);
  }

  /** Gives the daemon fresh ports for all uses. */
  assignPorts(daemon: Daemon): void {
    const uses: readonly PortUse[] = daemon.kind === "nsqadmin"
      ? ["http"]
      : ["tcp", "http", "https"];
    for (const use of uses) {
      const port = this.reservePort();
      daemon.ports.set(use, port);
      this.names.setPort(`${daemon.name}.${use}_port`, port);
    }
  }

  /** A free port that no other case gets before this one has ended. */
  reservePort(): number {
    const port = freePort();
    this.#ports.push(port);
    return port;
  }

  /** Closes the connections and helper servers, ends the daemons that are not shared, removes the folder. */
  async end(): Promise<void> {
    for (const connection of this.connections.values()) connection.close();
    for (const daemon of this.daemons.values()) if (daemon !== this.shared) await daemon.kill();
    for (const server of this.authServers.values()) await server.close();
    for (const server of this.statsdServers.values()) server.close();
    for (const server of this.lookupds.values()) await server[Symbol.asyncDispose]();
    returnPorts(this.#ports);
    await Deno.remove(this.folder, { recursive: true });
  }
}
