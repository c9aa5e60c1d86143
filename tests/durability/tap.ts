/**
 * A consumer for tests that are told as a story: it takes so many messages, looks at them, answers some.
 * A wait that is not fulfilled ends the test with what had come until then.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import {
  finishCommand,
  publishCommand,
  readyCommand,
  requeueCommand,
  subscribeCommand,
} from "../../src/client/command_bytes.ts";
import type { FrameReader } from "../../src/client/frame_reader.ts";
import { RawConnection } from "../soak/raw_connection.ts";

/** What does not come within this never does. */
const PATIENCE_MS = 30_000;

/** A message as it came. */
export interface Tapped {
  readonly id: string;
  readonly attempts: number;
  readonly body: string;
  /** Wall clock, ms. */
  readonly cameMs: number;
}

/** A subscribed connection. */
export class Tap implements AsyncDisposable {
  #connection!: RawConnection;
  readonly #came: Tapped[] = [];
  #onMessage = () => {};

  /** Subscribes, asking for up to `ready` messages in flight. */
  static async open(port: number, topic: string, channel: string, ready: number): Promise<Tap> {
    const tap = new Tap();
    tap.#connection = await RawConnection.open(port, { msg_timeout: 600_000 }, {
      onMessage: (reader) => tap.#take(reader),
    });
    await tap.#connection.request(subscribeCommand(topic, channel));
    tap.ready(ready);
    return tap;
  }

  #take({ bytes, dataStart, dataEnd }: FrameReader): void {
    const attempts = bytes[dataStart + 8]! << 8 | bytes[dataStart + 9]!;
    const id = String.fromCharCode(...bytes.subarray(dataStart + 10, dataStart + 26));
    const body = new TextDecoder().decode(bytes.subarray(dataStart + 26, dataEnd));
    this.#came.push({ id, attempts, body, cameMs: Date.now() });
    this.#onMessage();
  }

  ready(count: number): void {
    this.#connection.send(readyCommand(count));
  }

  /** The next `count` messages. */
  async next(count: number): Promise<Tapped[]> {
    const enough = Promise.withResolvers<void>();
    this.#onMessage = () => {
      if (this.#came.length >= count) enough.resolve();
    };
    const timer = setTimeout(
      () => enough.reject(new Error(`${this.#came.length} of ${count} messages came`)),
      PATIENCE_MS,
    );
    this.#onMessage();
    await enough.promise.finally(() => clearTimeout(timer));
    return this.#came.splice(0, count);
  }

  /** What has come and was not asked for. */
  get surplus(): readonly Tapped[] {
    return this.#came;
  }

  /** Finishes these; resolves when the broker has done it. */
  async finish(messages: readonly Tapped[]): Promise<void> {
    for (const { id } of messages) this.#connection.send(finishCommand(bytesOf(id)));
    await this.#connection.barrier();
  }

  /** Gives these back; resolves when the broker has done it. */
  async requeue(messages: readonly Tapped[], delayMs: number): Promise<void> {
    for (const { id } of messages) this.#connection.send(requeueCommand(id, delayMs));
    await this.#connection.barrier();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.drop();
  }
}

/** Sends one command that is answered OK. */
export async function ask(port: number, ...commands: Uint8Array[]): Promise<void> {
  const connection = await RawConnection.open(port, {});
  try {
    const replies = await Promise.all(commands.map((command) => connection.request(command)));
    const wrong = replies.find((reply) => reply !== "OK");
    if (wrong !== undefined) throw new Error(`The broker answered ${wrong}.`);
  } finally {
    await connection.drop();
  }
}

/** Publishes messages with these bodies, one by one. */
export async function publishBodies(
  port: number,
  topic: string,
  bodies: readonly string[],
): Promise<void> {
  await ask(port, ...bodies.map((body) => publishCommand(topic, body)));
}
