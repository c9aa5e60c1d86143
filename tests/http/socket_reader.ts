/** A client of the WebSocket: reads objects one by one. */

import type { ShownMessage } from "./event_reader.ts";

/** Deno's socket takes the certificates to trust; its types do not say so everywhere. */
const Socket = WebSocket as unknown as new (
  url: string,
  options: { client: Deno.HttpClient },
) => WebSocket;

/** Reads one socket. */
export class SocketReader {
  readonly #socket: WebSocket;
  readonly #heard: ShownMessage[] = [];
  #wake = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.#heard.push(JSON.parse(data));
      this.#wake();
    };
  }

  /** Opens one; `url` is that of HTTP. */
  static async open(url: string, client: Deno.HttpClient): Promise<SocketReader> {
    const socket = new Socket(url.replace(/^http/, "ws"), { client });
    const reader = new SocketReader(socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    });
    return reader;
  }

  /** The next object. */
  async next(): Promise<ShownMessage> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#heard.shift()!;
  }

  /** Says an object. */
  say(value: unknown): void {
    this.sayText(JSON.stringify(value));
  }

  /** Says anything. */
  sayText(text: string): void {
    this.#socket.send(text);
  }

  /** Hangs up. */
  close(): void {
    this.#socket.close();
  }
}
