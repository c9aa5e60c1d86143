/**
 * A client with short heartbeats amid the soak: for one interval it publishes to itself, so that heartbeats come between
 * replies and messages, then it says nothing but the answers to them. It keeps no books of messages.
 * Invariant: it is never cut off, except when this process stood still and so was silent, or the broker did and heard nothing.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import {
  finishCommand,
  publishCommand,
  readyCommand,
  subscribeCommand,
} from "../../src/client/command_bytes.ts";
import type { BrokerProcess } from "./broker_process.ts";
import type { Scene } from "./disturbances.ts";
import { sleep } from "./random.ts";
import { RawConnection } from "./raw_connection.ts";

/** The broker gives up who is silent for two of these. */
const HEARTBEAT_MS = 1000;
/** Long enough to be given up in, if nobody answered heartbeats. */
const QUIET_MS = 3 * HEARTBEAT_MS;
const STEP_MS = 10;
const ASK_EVERY_MS = 50;
/** A broker under load answers sooner. */
const LONG_MS_MIN = 300;
/**
 * An interval may have passed since the answer to the latest heartbeat, so a wait of another one is too long. Not all of a
 * wait is measured: a little of it may lie before a round of asking.
 */
const EXCUSE_MS = HEARTBEAT_MS / 2;
const TOPIC = "soak_heartbeats#ephemeral";

/** Answers heartbeats until all is over, and until one has come. */
export async function answerHeartbeats(scene: Scene): Promise<void> {
  const waits = new WaitWatch(scene.broker);
  const client = new HeartbeatClient(scene, waits);
  const asking = waits.run(() => client.isDone);
  while (!client.isDone) await client.stay();
  await asking;
}

/** How long the broker and this process have let each other wait: either stands still when the machine does. */
class WaitWatch {
  /** The long waits that are over, all together, ms. */
  totalMs = 0;
  readonly #broker: BrokerProcess;
  #latest: Promise<void> = Promise.resolve();

  constructor(broker: BrokerProcess) {
    this.#broker = broker;
  }

  /** Watches until it is over. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) await (this.#latest = this.#ask());
  }

  async #ask(): Promise<void> {
    const startMs = performance.now();
    await sleep(ASK_EVERY_MS);
    await this.#broker.get("/ping");
    const tookMs = performance.now() - startMs;
    if (tookMs > LONG_MS_MIN) this.totalMs += tookMs;
  }

  /** The same with the wait that is not over yet. */
  async total(): Promise<number> {
    await this.#latest;
    return this.totalMs;
  }
}

/** The client and what it remembers from one connection to the next. */
class HeartbeatClient {
  readonly #scene: Scene;
  readonly #waits: WaitWatch;
  #heartbeats = 0;
  /** The long waits there had been when it said the latest thing that was answered, ms. */
  #waitedMs = 0;

  constructor(scene: Scene, waits: WaitWatch) {
    this.#scene = scene;
    this.#waits = waits;
  }

  get isDone(): boolean {
    const { isOver, problems } = this.#scene;
    return isOver && (this.#heartbeats > 0 || problems.count > 0);
  }

  /** One connection, to its end. */
  async stay(): Promise<void> {
    this.#waitedMs = this.#waits.totalMs;
    try {
      await this.#connected();
    } catch (error) {
      if (await this.#waits.total() - this.#waitedMs > EXCUSE_MS) return;
      this.#scene.problems.add(`the client with short heartbeats was cut off: ${error}`);
      await sleep(HEARTBEAT_MS);
    }
  }

  async #connected(): Promise<void> {
    const connection = await this.#open();
    try {
      await this.#subscribe(connection);
      while (!this.isDone) {
        await this.#publish(connection);
        await this.#beQuiet(connection);
      }
    } finally {
      await connection.drop();
    }
  }

  async #open(): Promise<RawConnection> {
    const { broker, problems } = this.#scene;
    const connection = await RawConnection.open(broker.tcpPort, {
      client_id: "heartbeats",
      feature_negotiation: true,
      heartbeat_interval: HEARTBEAT_MS,
    }, {
      onMessage: ({ bytes, dataStart }) => {
        connection.send(finishCommand(bytes.slice(dataStart + 10, dataStart + 26)));
      },
      onRefusal: (text) => problems.add(`the client with short heartbeats is told ${text}`),
      onHeartbeat: () => this.#heartbeats++,
    });
    return connection;
  }

  async #subscribe(connection: RawConnection): Promise<void> {
    await connection.request(subscribeCommand(TOPIC, "c#ephemeral"));
    connection.send(readyCommand(10));
  }

  async #publish(connection: RawConnection): Promise<void> {
    const endMs = performance.now() + HEARTBEAT_MS;
    do {
      const { totalMs } = this.#waits;
      const reply = await connection.request(publishCommand(TOPIC, bytesOf("beat")));
      if (reply !== "OK") throw new Error(reply);
      this.#waitedMs = totalMs;
      await sleep(STEP_MS);
    } while (performance.now() < endMs && !this.isDone);
  }

  async #beQuiet(connection: RawConnection): Promise<void> {
    const endMs = performance.now() + QUIET_MS;
    const before = { heartbeats: this.#heartbeats, waitedMs: this.#waits.totalMs };
    while (performance.now() < endMs) {
      if (this.isDone || !connection.isOpen) return;
      await sleep(STEP_MS);
    }
    if (this.#heartbeats > before.heartbeats) return;
    if (await this.#waits.total() - before.waitedMs > EXCUSE_MS) return;
    this.#scene.problems.add(`no heartbeat came in ${QUIET_MS} ms`);
  }
}
