/**
 * A cluster of processes for the page to look at: nsqlookupd, two nsqd, and nsqadmin in two ways. The
 * executable that NSQD_BIN names is used, without one the sources. It knows flags and log lines.
 * Invariant: every process is gone, and its folder with it, when the scope ends.
 */
import { executablePath } from "../binary/executable.ts";

const root = new URL("../../", import.meta.url).pathname;

/** A daemon that runs, and where it listens. */
export class Daemon implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #log = "";
  #hasEnded = false;
  #onLog: () => void = () => {};

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read();
  }

  /** Starts a program of ours with flags. */
  static start(program: string, flags: readonly string[]): Daemon {
    const path = executablePath();
    const words = path === undefined ? ["run", "-A", "--no-prompt", `${root}mod.ts`] : [];
    const command = new Deno.Command(path ?? Deno.execPath(), {
      args: [...words, program, ...flags],
      stdout: "null",
      stderr: "piped",
    });
    return new Daemon(command.spawn());
  }

  /** `host:port` behind the name of a listener in the log. Throws with the log when the program ends. */
  async listening(name: "TCP" | "HTTP"): Promise<string> {
    const pattern = new RegExp(` ${name}: listening on (\\S+)`);
    for (;;) {
      const match = pattern.exec(this.#log);
      if (match?.[1] !== undefined) return match[1];
      if (this.#hasEnded) throw new Error(`The program ended without ${pattern}:\n${this.#log}`);
      await new Promise<void>((resolve) => this.#onLog = resolve);
    }
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#log += text;
      this.#onLog();
    }
    this.#hasEnded = true;
    this.#onLog();
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
  }
}

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

/** A port where nobody listens: it was free a moment ago. */
function deadPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function userText(name: keyof typeof tokens, role: string): Promise<string> {
  const bytes = new TextEncoder().encode(tokens[name]);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return `[[users]]\nname = "${name}"\nrole = "${role}"\ntokens = ["sha256:${hash}"]\n`;
}

const anyPort = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];

/** The whole cluster. */
export class StartedCluster implements AsyncDisposable {
  readonly #daemons = new AsyncDisposableStack();
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

  #daemon(program: string, flags: readonly string[]): Daemon {
    return this.#daemons.use(Daemon.start(program, flags));
  }

  async #start(): Promise<ClusterAddresses> {
    const folder = await Deno.makeTempDir({ prefix: "nsqd-page-" });
    this.#daemons.defer(() => Deno.remove(folder, { recursive: true }));
    const lookupd = this.#daemon("nsqlookupd", anyPort);
    const lookupdTcp = await lookupd.listening("TCP");
    const lookupdHttp = await lookupd.listening("HTTP");
    const nsqds = [0, 1].map((index) => {
      Deno.mkdirSync(`${folder}/${index}`);
      const flags = [`--data-path=${folder}/${index}`, "--broadcast-address=127.0.0.1"];
      return this.#daemon("nsqd", [...flags, ...anyPort, `--lookupd-tcp-address=${lookupdTcp}`]);
    }) as [Daemon, Daemon];
    const http = "--http-address=127.0.0.1:0";
    const open = this.#daemon("nsqadmin", [http, `--lookupd-http-address=${lookupdHttp}`]);
    const [first, second] = nsqds;
    const nsqdHttp = [await first.listening("HTTP"), await second.listening("HTTP")] as const;
    const nsqdTcp = [await first.listening("TCP"), await second.listening("TCP")] as const;
    const authFile = `${folder}/users.toml`;
    await Deno.writeTextFile(
      authFile,
      await userText("viewer", "view") + await userText("chief", "admin"),
    );
    const guarded = this.#daemon("nsqadmin", [
      http,
      `--nsqd-http-address=${nsqdHttp[0]}`,
      `--nsqd-http-address=127.0.0.1:${deadPort()}`,
      `--auth-file=${authFile}`,
      "--base-path=/admin",
    ]);
    const admin = await open.listening("HTTP");
    return { nsqdHttp, nsqdTcp, admin, guarded: await guarded.listening("HTTP") };
  }

  /** POSTs to the HTTP API of an nsqd. Throws unless the status is 200. */
  async post(node: 0 | 1, path: string, body = ""): Promise<void> {
    const address = `http://${this.addresses.nsqdHttp[node]}${path}`;
    const response = await fetch(address, { method: "POST", body });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`POST ${path}: ${response.status} ${text}`);
  }

  /** The statistics of a topic on an nsqd, as upstream's JSON has them. */
  async topic(node: 0 | 1, topic: string): Promise<TopicState | undefined> {
    const address = `http://${this.addresses.nsqdHttp[node]}/stats?format=json&topic=${topic}`;
    const stats: { topics: TopicState[] | null } = await (await fetch(address)).json();
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
