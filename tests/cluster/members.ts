/**
 * The members of a cluster: nsqd's with data paths that outlive them, and nsqlookupds. Each seat can be frozen, killed and
 * filled again; what every process that ever sat there logged is counted. It knows no messages.
 */
import { Daemon, type DaemonInputs } from "../daemons/daemon.ts";
import { freePort } from "../daemons/ports.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { sleep } from "../soak/random.ts";

const ATTEMPTS_MAX = 20;
/** What every member of a short life needs: nobody waits a minute for a message or a lookup. */
const NSQD_FLAGS = ["--min-free-space=0", "--msg-timeout=3s", "--mem-queue-size=1000"];

/** A place in the cluster, and who sits there. */
export class Seat implements AsyncDisposable {
  daemon: Daemon;
  /** How many processes sat there. */
  lives = 1;
  readonly #gone: Daemon[] = [];

  constructor(daemon: Daemon) {
    this.daemon = daemon;
  }

  /** How many lines of all that sat there match. */
  count(pattern: RegExp): number {
    return [...this.#gone, this.daemon].reduce((sum, daemon) => sum + daemon.count(pattern), 0);
  }

  /** Kills who sits there. */
  async kill(): Promise<void> {
    await this.daemon.stop("SIGKILL");
  }

  /** Another process takes the seat: as the one before, at the same or other ports, with other flags if need be. */
  async fill(addresses: "same" | "other", flags = this.daemon.inputs.flags): Promise<void> {
    const { inputs, tcpAddress, httpAddress } = this.daemon;
    const same = { ...inputs, flags, tcpAddress, httpAddress };
    const next = addresses === "same"
      ? await again(() => Daemon.start(same))
      : await startedAnywhere({ ...inputs, flags });
    this.#gone.push(this.daemon);
    this.daemon = next;
    this.lives++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
  }
}

/** The system may need a moment to give a port back. */
async function again<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let left = ATTEMPTS_MAX;; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(200);
    }
  }
}

/** On ports of its own that it may come back to, on the host that the inputs name. */
async function startedAnywhere(
  inputs: DaemonInputs,
  hostname = "127.0.0.1",
): Promise<Daemon> {
  return await again(() => {
    const [tcpAddress, httpAddress] = [freePort(), freePort()].map((port) => `${hostname}:${port}`);
    return Daemon.start({ ...inputs, tcpAddress: tcpAddress!, httpAddress: httpAddress! });
  });
}

/** Where members live: addresses and network namespaces by seat; all on this machine unless somebody says otherwise. */
export interface Places {
  readonly nsqd: readonly Place[];
  readonly lookupd: readonly Place[];
}

/** An address, and the network namespace that has it. */
export interface Place {
  readonly hostname: string;
  readonly namespace?: string;
}

const HERE = { hostname: "127.0.0.1" };

/** Three nsqd's and two nsqlookupds of ours. */
export class Members implements AsyncDisposable {
  readonly nsqds: Seat[] = [];
  readonly lookupds: Seat[] = [];
  readonly #folder = new TemporaryFolder();

  private constructor() {}

  /** Starts them. */
  static async start(
    places: Places = { nsqd: [HERE, HERE, HERE], lookupd: [HERE, HERE] },
  ): Promise<Members> {
    const members = new Members();
    try {
      await members.#fill(places);
      return members;
    } catch (error) {
      await members[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #fill({ nsqd, lookupd }: Places): Promise<void> {
    this.lookupds.push(
      ...await Promise.all(lookupd.map(async ({ hostname, namespace }) => {
        const flags = [`--broadcast-address=${hostname}`];
        const inputs = { program: "nsqlookupd" as const, flags, ...namespace && { namespace } };
        return new Seat(await startedAnywhere(inputs, hostname));
      })),
    );
    this.nsqds.push(
      ...await Promise.all(nsqd.map(async ({ hostname, namespace }, index) => {
        const dataPath = `${this.#folder.path}/${index}`;
        await Deno.mkdir(dataPath);
        const own = [`--data-path=${dataPath}`, `--broadcast-address=${hostname}`];
        const flags = [...NSQD_FLAGS, ...own, ...this.announcing()];
        const inputs = { program: "nsqd" as const, flags, ...namespace && { namespace } };
        return new Seat(await startedAnywhere(inputs, hostname));
      })),
    );
  }

  /** The flags that name the nsqlookupds there are now. */
  announcing(): string[] {
    return this.lookupds.map(({ daemon }) => `--lookupd-tcp-address=${daemon.tcpAddress}`);
  }

  /** The HTTP addresses of the nsqlookupds there are now. */
  get lookupdHttpAddresses(): string[] {
    return this.lookupds.map(({ daemon }) => daemon.httpAddress);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const seats = [...this.nsqds, ...this.lookupds];
    await Promise.all(seats.map((seat) => seat[Symbol.asyncDispose]()));
    this.#folder[Symbol.dispose]();
  }
}
