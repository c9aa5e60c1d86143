/**
 * A small cluster of processes: one nsqlookupd and some nsqds that announce themselves to it, all on free ports.
 * Invariant: no process and no folder is left when its scope ends.
 */
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { Daemon } from "../daemons/daemon.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { seen } from "../daemons/waiting.ts";

/** The processes of one cluster. */
export class Cluster implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly lookupd: Daemon;
  readonly brokers: BrokerOnPath[] = [];

  private constructor(lookupd: Daemon) {
    this.lookupd = lookupd;
  }

  /** Starts so many nsqds, each with these flags. */
  static async start(brokerCount: number, ...flags: string[]): Promise<Cluster> {
    const cluster = new Cluster(await Daemon.start({ program: "nsqlookupd", flags: [] }));
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
    await seen(async () => {
      const { text } = await this.lookupd.ask("GET", `/lookup?topic=${topic}`);
      const { producers = [] } = JSON.parse(text);
      return (producers as { tcp_port: number }[]).map(({ tcp_port }) => tcp_port);
    }, (ports) => ports.includes(broker.tcpPort));
  }

  /** Waits until a channel has nothing more, on every nsqd that has its topic. */
  async drained(topic: string, channel: string): Promise<void> {
    for (const broker of this.brokers) {
      await seen(async () => {
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
    this.folder[Symbol.dispose]();
  }
}
