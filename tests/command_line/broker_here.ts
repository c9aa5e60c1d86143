/**
 * A broker inside the test, on a data path that outlives it and on free ports. Invariant: it has ended when its scope ends.
 */
import { LogOutput } from "../../src/base/log_output.ts";
import { Broker } from "../../src/broker.ts";
import { Consumer } from "../../src/client/consumer.ts";
import { Producer } from "../../src/client/producer.ts";
import { resolveNsqdOptions } from "../../src/options/nsqd_checks.ts";

/** What a consumer was given. */
export interface Consumed {
  /** A character a byte. */
  readonly body: string;
  readonly attempts: number;
  readonly id: string;
}

/** A running broker. */
export class BrokerHere implements AsyncDisposable {
  readonly broker: Broker;
  readonly lines: readonly string[];
  #isStopped = false;

  private constructor(broker: Broker, lines: readonly string[]) {
    this.broker = broker;
    this.lines = lines;
  }

  /** Starts a broker on `dataPath`. */
  static async start(dataPath: string, ...flags: string[]): Promise<BrokerHere> {
    const words = [
      `--data-path=${dataPath}`,
      "--tcp-address=127.0.0.1:0",
      "--http-address=",
      "--https-address=127.0.0.1:0",
      "--min-free-space=0",
      ...flags,
    ];
    const inputs = { hostname: "here", readTextFile: Deno.readTextFileSync };
    const resolution = resolveNsqdOptions(words, inputs);
    if (resolution.kind !== "options") throw new Error(`no options: ${words}`);
    const lines: string[] = [];
    const log = new LogOutput({
      prefix: "",
      level: "info",
      format: "text",
      write: (bytes: Uint8Array) => void lines.push(new TextDecoder().decode(bytes)),
    });
    const { options } = resolution;
    const broker = await Broker.start({ options, log, hostname: "here" });
    log.flush();
    return new BrokerHere(broker, lines);
  }

  /** Where its protocol is spoken. */
  get address(): string {
    const address = /TCP: listening on (\S+)/.exec(this.lines.join(""))?.[1];
    if (address === undefined) throw new Error(`no address in ${this.lines.join("")}`);
    return address;
  }

  /** Publishes to a topic, one message after the other. */
  async publish(topic: string, ...bodies: string[]): Promise<void> {
    const producer = new Producer({ address: this.address });
    for (const body of bodies) await producer.publish(topic, body);
    await producer.close();
  }

  /** Takes `count` messages from a channel; they are finished, or given back for ten minutes. */
  async consume(
    topic: string,
    channel: string,
    count: number,
    answer: "finish" | "defer" = "finish",
  ): Promise<Consumed[]> {
    const consumed: Consumed[] = [];
    if (count === 0) return consumed;
    const options = { topic, channel, addresses: [this.address], maxInFlight: count };
    const consumer = new Consumer(options);
    for await (const message of consumer) {
      const { id, attempts } = message;
      consumed.push({ body: String.fromCharCode(...message.body), attempts, id });
      if (answer === "finish") message.finish();
      else message.requeue(600_000);
      if (consumed.length === count) break;
    }
    await consumer.stop();
    return consumed;
  }

  /** Depth of a channel. */
  depth(topic: string, channel: string): number | undefined {
    return this.broker.topics.get(topic)?.channels.get(channel)?.depth;
  }

  /** Ends it as an operator would. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.broker.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
