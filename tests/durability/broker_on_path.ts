/**
 * A broker process on a data path that outlives it: it is stopped or killed, and started again on what it left.
 * It knows no messages.
 */
import { DaemonProcess, FREE_PORTS, spawnDaemon } from "../daemons/daemon_process.ts";
import { seen } from "../daemons/waiting.ts";

/** A channel in /stats. */
export interface ChannelNumbers {
  channel_name: string;
  depth: number;
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  message_count: number;
  requeue_count: number;
  timeout_count: number;
  client_count: number;
  paused: boolean;
}

/** A topic in /stats. */
export interface TopicNumbers {
  topic_name: string;
  depth: number;
  backend_depth: number;
  message_count: number;
  message_bytes: number;
  paused: boolean;
  channels: ChannelNumbers[];
}

/** A running broker. */
export class BrokerOnPath extends DaemonProcess {
  /** Starts a broker on `dataPath` without waiting for it. */
  static spawn(dataPath: string, flags: readonly string[]): BrokerOnPath {
    return new BrokerOnPath(spawnDaemon([`--data-path=${dataPath}`, ...FREE_PORTS, ...flags]));
  }

  /** Starts a broker and waits until it listens. Throws with its log when it ends before. */
  static async start(dataPath: string, flags: readonly string[]): Promise<BrokerOnPath> {
    const broker = BrokerOnPath.spawn(dataPath, flags);
    await broker.listening();
    return broker;
  }

  /** What /ping says, whatever its status. */
  async health(): Promise<string> {
    return await (await fetch(`http://${this.httpAddress}/ping`)).text();
  }

  /** What /stats says of all topics. */
  async stats(): Promise<TopicNumbers[]> {
    return JSON.parse(await this.get("/stats?format=json")).topics;
  }

  /** What /stats says of one topic; throws when there is none. */
  async topic(name: string): Promise<TopicNumbers> {
    const found = (await this.stats()).find(({ topic_name }) => topic_name === name);
    if (found === undefined) throw new Error(`There is no topic ${name}.`);
    return found;
  }

  /** What /stats says of one channel; throws when there is none. */
  async channel(topic: string, name: string): Promise<ChannelNumbers> {
    const { channels } = await this.topic(topic);
    const found = channels.find(({ channel_name }) => channel_name === name);
    if (found === undefined) throw new Error(`Topic ${topic} has no channel ${name}.`);
    return found;
  }

  /** Waits until a channel has so many clients: one that was killed is noticed, one that is starting has come so far. */
  async clients(topic: string, name: string, count: number): Promise<void> {
    await seen(() => this.channel(topic, name), ({ client_count }) => client_count === count);
  }
}
