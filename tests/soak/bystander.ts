/**
 * A client that minds its own business while others misbehave: it publishes a message, consumes it,
 * finishes it, and begins again. That it gets on tells that the broker still serves everybody.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import { publishCommand, readyCommand, subscribeCommand } from "../../src/client/command_bytes.ts";
import { sleep } from "./random.ts";
import { RawConnection } from "./raw_connection.ts";

const TOPIC = "bystander";
const PAUSE_MS = 5;

/** Goes round until it is disposed of. */
export class Bystander implements AsyncDisposable {
  /** Messages that went all the way. */
  rounds = 0;
  /** Why it cannot go on; undefined while it can. */
  trouble: string | undefined;
  readonly #connection: RawConnection;
  #isOver = false;
  #arrived = () => {};
  #running: Promise<void> = Promise.resolve();

  private constructor(connection: RawConnection) {
    this.#connection = connection;
  }

  /** Connects and begins. */
  static async start(port: number): Promise<Bystander> {
    const connection = await RawConnection.open(port, {
      client_id: TOPIC,
      feature_negotiation: true,
    }, {
      onMessage: ({ bytes, dataStart }) => {
        const id = String.fromCharCode(...bytes.subarray(dataStart + 10, dataStart + 26));
        connection.send(bytesOf(`FIN ${id}\n`));
        bystander.#arrived();
      },
      onRefusal: (text) => bystander.trouble = text,
      onCut: (reason) => {
        bystander.trouble = reason;
        bystander.#arrived();
      },
    });
    const bystander = new Bystander(connection);
    await connection.request(subscribeCommand(TOPIC, "c"));
    connection.send(readyCommand(1));
    // What ends it early is told as its trouble.
    bystander.#running = bystander.#run().catch((error) => {
      bystander.trouble ??= String(error);
    });
    return bystander;
  }

  async #run(): Promise<void> {
    while (!this.#isOver && this.trouble === undefined) {
      const arrived = new Promise<void>((resolve) => this.#arrived = resolve);
      await this.#connection.request(publishCommand(TOPIC, "round"));
      await arrived;
      this.rounds++;
      await sleep(PAUSE_MS);
    }
  }

  /** Resolves when `count` more messages have gone all the way; throws when it is in trouble. */
  async more(count: number): Promise<void> {
    const enough = this.rounds + count;
    while (this.rounds < enough) {
      if (this.trouble !== undefined) throw new Error(`The bystander: ${this.trouble}`);
      await sleep(PAUSE_MS);
    }
  }

  /** Ends it, in the middle of a round too: it may wait for what never comes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#connection.drop();
    this.#arrived();
    await this.#running;
  }
}
