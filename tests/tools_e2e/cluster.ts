/**
 * A small cluster of processes: one nsqlookupd and some nsqds that announce themselves to it, all on free ports.
 * Invariant: no process and no folder is left when its scope ends.
 */
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { programUnderTest } from "../daemons/daemon_process.ts";
import { TemporaryFolder, until } from "./tool_process.ts";

/** An nsqlookupd that runs. */
export class LookupdProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #log = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#readLog();
  }

  /** Starts it and waits until it listens. */
  static async start(): Promise<LookupdProcess> {
    const { path, words } = programUnderTest();
    const flags = ["nsqlookupd", "--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
    const args = [...words, ...flags];
    const streams = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    const lookupd = new LookupdProcess(new Deno.Command(path, { args, ...streams }).spawn());
    await until(() => lookupd.#log, () => lookupd.tcpAddress !== "" && lookupd.httpAddress !== "");
    return lookupd;
  }

  /** Where nsqds announce themselves. */
  get tcpAddress(): string {
    return / TCP: listening on (\S+)\n/.exec(this.#log)?.[1] ?? "";
  }

  /** Where consumers ask. */
  get httpAddress(): string {
    return / HTTP: listening on (\S+)\n/.exec(this.#log)?.[1] ?? "";
  }

  /** What it answers to a GET. */
  async get(path: string): Promise<Record<string, unknown>> {
    return await (await fetch(`http://${this.httpAddress}${path}`)).json();
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#reading;
  }

  async #readLog(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#log += text;
    }
  }
}

/** The processes of one cluster. */
export class Cluster implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly lookupd: LookupdProcess;
  readonly brokers: BrokerOnPath[] = [];

  private constructor(lookupd: LookupdProcess) {
    this.lookupd = lookupd;
  }

  /** Starts so many nsqds, each with these flags. */
  static async start(brokerCount: number, ...flags: string[]): Promise<Cluster> {
    const cluster = new Cluster(await LookupdProcess.start());
    for (let count = 0; count < brokerCount; count++) await cluster.addBroker(...flags);
    return cluster;
  }

  /** Starts one more nsqd. */
  async addBroker(...flags: string[]): Promise<BrokerOnPath> {
    const path = `${this.folder.path}/broker-${this.brokers.length}`;
    await Deno.mkdir(path);
    const own = [
      `--lookupd-tcp-address=${this.lookupd.tcpAddress}`,
      "--broadcast-address=127.0.0.1",
    ];
    const broker = await BrokerOnPath.start(path, [...own, ...flags]);
    this.brokers.push(broker);
    return broker;
  }

  /** The flag that leads tools to the nsqlookupd. */
  get lookupFlag(): string {
    return `--lookupd-http-address=${this.lookupd.httpAddress}`;
  }

  /** Publishes to one of the nsqds, and waits until the nsqlookupd knows that it has the topic. */
  async publish(index: number, topic: string, ...bodies: string[]): Promise<void> {
    const broker = this.brokers[index]!;
    await broker.post(`/mpub?topic=${topic}`, bodies.join("\n"));
    await until(async () => {
      const { producers = [] } = await this.lookupd.get(`/lookup?topic=${topic}`);
      return (producers as { tcp_port: number }[]).map(({ tcp_port }) => tcp_port);
    }, (ports) => ports.includes(broker.tcpPort));
  }

  /** Waits until a channel has nothing more, on every nsqd that has its topic. */
  async drained(topic: string, channel: string): Promise<void> {
    for (const broker of this.brokers) {
      await until(async () => {
        const found = (await broker.stats()).find(({ topic_name }) => topic_name === topic);
        if (found === undefined) return 0;
        const numbers = found.channels.find(({ channel_name }) => channel_name === channel);
        if (numbers === undefined) return -1;
        return numbers.depth + numbers.in_flight_count + numbers.deferred_count;
      }, (left) => left === 0);
    }
  }

  /** Kills all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const broker of this.brokers) await broker.kill();
    await this.lookupd[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
