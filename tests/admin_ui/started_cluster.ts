/**
 * A cluster of processes for the page to look at: nsqlookupd, two nsqd, and nsqadmin in two ways. The
 * executable that NSQD_BIN names is used, without one the sources. It knows flags and log lines.
 * Invariant: every process is gone, and its folder with it, when the scope ends.
 */
import { Daemon, type DaemonInputs } from "../daemons/daemon.ts";
import { freePort } from "../daemons/ports.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

/** Where everything listens, `host:port`. */
export interface ClusterAddresses {
  readonly nsqdHttp: readonly [string, string];
  readonly nsqdTcp: readonly [string, string];
  /** nsqadmin through nsqlookupd, without login. */
  readonly admin: string;
  /** nsqadmin on fixed addresses, one of them dead, with login, below /admin. */
  readonly guarded: string;
}

/** The tokens of the users of the guarded nsqadmin. */
export const tokens = { viewer: "look-only-token", chief: "chief-token" } as const;

async function userText(name: keyof typeof tokens, role: string): Promise<string> {
  const bytes = new TextEncoder().encode(tokens[name]);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return `[[users]]\nname = "${name}"\nrole = "${role}"\ntokens = ["sha256:${hash}"]\n`;
}

/** The whole cluster. */
export class StartedCluster implements AsyncDisposable {
  readonly #daemons = new AsyncDisposableStack();
  #nsqds!: readonly [Daemon, Daemon];
  /** Known once `start` is through. */
  addresses!: ClusterAddresses;

  private constructor() {}

  /** Starts everything and waits until it listens. */
  static async start(): Promise<StartedCluster> {
    const cluster = new StartedCluster();
    try {
      cluster.addresses = await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #daemon(program: DaemonInputs["program"], flags: readonly string[]): Promise<Daemon> {
    return this.#daemons.use(await Daemon.start({ program, flags }));
  }

  async #start(): Promise<ClusterAddresses> {
    const folder = this.#daemons.use(new TemporaryFolder()).path;
    const lookupd = await this.#daemon("nsqlookupd", []);
    const lookups = [`--lookupd-tcp-address=${lookupd.tcpAddress}`];
    const [first, second] = await Promise.all([0, 1].map(async (index) => {
      await Deno.mkdir(`${folder}/${index}`);
      const flags = [`--data-path=${folder}/${index}`, "--broadcast-address=127.0.0.1"];
      return await this.#daemon("nsqd", [...flags, ...lookups]);
    })) as [Daemon, Daemon];
    const authFile = `${folder}/users.toml`;
    await Deno.writeTextFile(
      authFile,
      await userText("viewer", "view") + await userText("chief", "admin"),
    );
    const [open, guarded] = await Promise.all([
      this.#daemon("nsqadmin", [`--lookupd-http-address=${lookupd.httpAddress}`]),
      this.#daemon("nsqadmin", [
        `--nsqd-http-address=${first.httpAddress}`,
        `--nsqd-http-address=127.0.0.1:${freePort()}`,
        `--auth-file=${authFile}`,
        "--base-path=/admin",
      ]),
    ]);
    this.#nsqds = [first, second];
    return {
      nsqdHttp: [first.httpAddress, second.httpAddress],
      nsqdTcp: [first.tcpAddress, second.tcpAddress],
      admin: open.httpAddress,
      guarded: guarded.httpAddress,
    };
  }

  /** POSTs to the HTTP API of an nsqd. Throws unless the status is 200. */
  async post(node: 0 | 1, path: string, body = ""): Promise<void> {
    await this.#nsqds[node].post(path, body);
  }

  /** The statistics of a topic on an nsqd, as upstream's JSON has them. */
  async topic(node: 0 | 1, topic: string): Promise<TopicState | undefined> {
    const stats: { topics: TopicState[] | null } = JSON.parse(
      await this.#nsqds[node].get(`/stats?format=json&topic=${topic}`),
    );
    return stats.topics?.find(({ topic_name }) => topic_name === topic);
  }

  /** Ends all processes and removes their folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemons.disposeAsync();
  }
}

/** What the tests look at in an nsqd's statistics. */
export interface TopicState {
  readonly topic_name: string;
  readonly paused: boolean;
  readonly depth: number;
  readonly channels: readonly {
    readonly channel_name: string;
    readonly paused: boolean;
    readonly depth: number;
    readonly deferred_count: number;
  }[];
}
