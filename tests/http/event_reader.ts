/** A client of server-sent events: reads messages and comments one by one. */

/** A message as it is shown. */
export interface ShownMessage {
  readonly type?: string;
  readonly id: string;
  readonly attempts: number;
  readonly encoding: string;
  readonly body: unknown;
  readonly message?: string;
}

/** Reads one stream. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #aborter: AbortController;
  #text = "";

  private constructor(stream: ReadableStream<string>, aborter: AbortController) {
    this.#reader = stream.getReader();
    this.#aborter = aborter;
  }

  /** Opens a stream and waits until it is subscribed. */
  static async open(url: string, client: Deno.HttpClient): Promise<EventReader> {
    const aborter = new AbortController();
    const response = await fetch(url, { client, signal: aborter.signal });
    const type = response.headers.get("content-type");
    if (type !== "text/event-stream; charset=utf-8") throw new Error(await response.text());
    const reader = new EventReader(response.body!.pipeThrough(new TextDecoderStream()), aborter);
    await reader.comment();
    return reader;
  }

  async #block(): Promise<string | undefined> {
    while (!this.#text.includes("\n\n")) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
    const end = this.#text.indexOf("\n\n");
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return block;
  }

  /** The next message. */
  async next(): Promise<ShownMessage> {
    while (true) {
      const block = await this.#block();
      if (block === undefined) throw new Error("the stream has ended");
      if (block.startsWith(":")) continue;
      const lines = block.split("\n");
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      return JSON.parse(data.join("\n"));
    }
  }

  /** The next block, which must be a comment. */
  async comment(): Promise<string> {
    const block = await this.#block();
    if (!block?.startsWith(": ")) throw new Error(`no comment: ${block}`);
    return block.slice(2);
  }

  /** True when the stream ends without another message. */
  async end(): Promise<boolean> {
    return await this.#block() === undefined;
  }

  /** Hangs up. */
  async close(): Promise<void> {
    this.#aborter.abort();
    await this.#reader.cancel().catch(() => {});
  }
}
