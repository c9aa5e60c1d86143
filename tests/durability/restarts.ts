/** A data path for a test that is told as a story: one broker after the other on it, stopped or killed in between. */
import { assertEquals } from "@std/assert";
import { BrokerOnPath } from "./broker_on_path.ts";
import { Tap } from "./tap.ts";

/** One data path and the brokers on it, one after the other. */
export class Restarts implements AsyncDisposable {
  broker!: BrokerOnPath;
  readonly dataPath = Deno.makeTempDirSync({ prefix: "nsqd-restart-" });
  readonly #flags: readonly string[];

  private constructor(flags: readonly string[]) {
    this.#flags = ["--min-free-space=0", ...flags];
  }

  /** Starts the first broker on an empty data path. */
  static async begin(flags: readonly string[]): Promise<Restarts> {
    const restarts = new Restarts(flags);
    restarts.broker = await BrokerOnPath.start(restarts.dataPath, restarts.#flags);
    return restarts;
  }

  /** Stops the broker as an operator does, and starts the next one. */
  async restart(): Promise<void> {
    assertEquals(await this.broker.stop(), 0);
    this.broker = await BrokerOnPath.start(this.dataPath, this.#flags);
  }

  /** Kills the broker and starts the next one. */
  async killAndStart(): Promise<void> {
    await this.broker.kill();
    this.broker = await BrokerOnPath.start(this.dataPath, this.#flags);
  }

  /** Where the broker speaks its protocol. */
  get port(): number {
    return this.broker.tcpPort;
  }

  /** Subscribes. */
  tap(topic: string, channel: string, ready: number): Promise<Tap> {
    return Tap.open(this.port, topic, channel, ready);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.kill();
    await Deno.remove(this.dataPath, { recursive: true });
  }
}
