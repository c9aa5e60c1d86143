/** A consumer to whom nothing is published: it answers heartbeats and counts them. */
import {
  CLS,
  identifyCommand,
  MAGIC,
  NOP,
  readyCommand,
  subscribeCommand,
} from "../../src/client/command_bytes.ts";
import { FrameReader } from "../../src/client/frame_reader.ts";

/** Long enough for a machine that has other things to do: who is silent for two of them is let go. */
const INTERVAL_MS = 3000;

/** One subscribed connection. */
export class IdleConsumer {
  readonly #socket: Deno.TcpConn;
  readonly #reader = new FrameReader();
  #farewell = Promise.resolve("");
  #heartbeats = 0;
  #onHeartbeat = () => {};

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  /** Connects, introduces itself and subscribes. */
  static async open(port: number): Promise<IdleConsumer> {
    const consumer = new IdleConsumer(await Deno.connect({ hostname: "127.0.0.1", port }));
    const document = { heartbeat_interval: INTERVAL_MS, user_agent: "idle" };
    await consumer.#write(MAGIC, identifyCommand(document), subscribeCommand("idle", "c"));
    for (const _command of ["IDENTIFY", "SUB"]) {
      const text = await consumer.#answer();
      if (text !== "OK") throw new Error(`An idle consumer was told "${text}".`);
    }
    await consumer.#write(readyCommand(1));
    consumer.#farewell = consumer.#answer();
    return consumer;
  }

  /** Resolves when `count` heartbeats have come in all. */
  async heartbeats(count: number): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.#onHeartbeat = () => {
        if (this.#heartbeats >= count) resolve();
      };
    });
    this.#onHeartbeat();
    await Promise.race([enough, this.#farewell]);
    if (this.#heartbeats < count) throw new Error(`told "${await this.#farewell}" unasked`);
  }

  /** CLS and the end; what the broker said to it. */
  async leave(): Promise<string> {
    await this.#write(CLS);
    const text = await this.#farewell;
    await this.#socket.closeWrite();
    while (await this.#socket.read(this.#reader.space()) !== null);
    this.#socket.close();
    return text;
  }

  /** The next frame that is no heartbeat; heartbeats are answered. */
  async #answer(): Promise<string> {
    for (;;) {
      const text = await this.#frame();
      if (text !== "_heartbeat_") return text;
      await this.#write(NOP);
      this.#heartbeats++;
      this.#onHeartbeat();
    }
  }

  async #frame(): Promise<string> {
    while (!this.#reader.next()) {
      const count = await this.#socket.read(this.#reader.space());
      if (count === null) throw new Error("The broker closed an idle consumer's connection.");
      this.#reader.filled(count);
    }
    const { bytes, dataStart, dataEnd } = this.#reader;
    return new TextDecoder().decode(bytes.subarray(dataStart, dataEnd));
  }

  async #write(...commands: Uint8Array[]): Promise<void> {
    for (const command of commands) {
      for (let at = 0; at < command.length;) at += await this.#socket.write(command.subarray(at));
    }
  }
}
