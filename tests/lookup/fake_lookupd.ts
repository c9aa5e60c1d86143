/**
 * A stand-in for nsqlookupd: notes what nsqds say to it and answers as told; its HTTP side knows channels. It keeps no
 * registry. Invariant: an entry is noted before it is answered.
 */
import { bytesOf, byteString } from "../../src/base/byte_string.ts";

/** What an nsqd did: its magic, a command, or closing. */
export type LookupEntry =
  | { readonly magic: string }
  | { readonly command: string; readonly json?: Record<string, unknown> }
  | { readonly end: string };

/** The answer to a command: text, raw bytes, or nothing at all. */
export type LookupAnswer = string | Uint8Array<ArrayBuffer> | undefined;

const HERE = { hostname: "127.0.0.1", port: 0 } as const;

/** One fake nsqlookupd. */
export class FakeLookupd implements AsyncDisposable {
  readonly entries: LookupEntry[] = [];
  /** What it says of itself; the port of its HTTP side is 0 in here, and filled in unless it was given. */
  identity: unknown;
  /** Answers everything but IDENTIFY. */
  answer: (command: string) => LookupAnswer = () => "OK";
  /** Answers over HTTP. */
  serve: (request: Request) => Response | Promise<Response> = () => Response.json({ channels: [] });
  connectionCount = 0;
  readonly #listener: Deno.TcpListener;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;
  readonly #open = new Set<Deno.TcpConn>();
  #taken = 0;
  #onEntry = () => {};

  constructor(identity?: unknown, port = 0) {
    this.#listener = Deno.listen({ ...HERE, port });
    this.#http = Deno.serve({ ...HERE, onListen: () => {} }, (request) => this.serve(request));
    this.identity = identity ??
      { broadcast_address: "127.0.0.1", http_port: this.#http.addr.port, version: "1.3.0" };
    void this.#accept();
  }

  /** The port for nsqds. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** `host:port` for nsqds. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** `host:port` of its HTTP side. */
  get httpAddress(): string {
    return `127.0.0.1:${this.#http.addr.port}`;
  }

  /** The next entries, as soon as there are so many; fewer when they do not come within `limitMs`. */
  async take(count: number, limitMs = 10_000): Promise<LookupEntry[]> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, limitMs);
    let isLate = false;
    void late.promise.then(() => isLate = true);
    while (!isLate && this.entries.length - this.#taken < count) {
      const next = new Promise<void>((resolve) => this.#onEntry = resolve);
      await Promise.race([next, late.promise]);
    }
    clearTimeout(timer);
    const found = this.entries.slice(this.#taken, this.#taken + count);
    this.#taken += found.length;
    return found;
  }

  /** The commands among the next entries. */
  async commands(count: number): Promise<string[]> {
    return (await this.take(count)).flatMap((entry) => "command" in entry ? entry.command : []);
  }

  /** Closes all connections; it goes on listening. */
  drop(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.drop();
    await this.#http.shutdown();
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        this.#open.add(connection);
        this.connectionCount++;
        void this.#converse(connection).catch(() => {});
      }
    } catch {
      // It was closed.
    }
  }

  async #converse(connection: Deno.TcpConn): Promise<void> {
    const input = new Input(connection);
    try {
      this.#note({ magic: await input.take(4) });
      for (;;) {
        const command = await input.line();
        if (command !== "IDENTIFY") {
          this.#note({ command });
          await reply(connection, this.answer(command));
          continue;
        }
        const size = new DataView(bytesOf(await input.take(4)).buffer).getInt32(0);
        this.#note({ command, json: JSON.parse(await input.take(size)) });
        const { identity } = this;
        const isRaw = typeof identity === "string" || identity instanceof Uint8Array;
        await reply(connection, isRaw ? identity as LookupAnswer : JSON.stringify(identity));
      }
    } catch {
      this.#note({ end: "nsqd closed" });
    }
  }

  #note(entry: LookupEntry): void {
    this.entries.push(entry);
    this.#onEntry();
  }
}

/** Text as it comes; the end of the connection is an error. */
class Input {
  readonly #connection: Deno.TcpConn;
  #text = "";

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  async take(count: number): Promise<string> {
    while (this.#text.length < count) await this.#more();
    const taken = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return taken;
  }

  async line(): Promise<string> {
    while (!this.#text.includes("\n")) await this.#more();
    return (await this.take(this.#text.indexOf("\n") + 1)).trimEnd();
  }

  async #more(): Promise<void> {
    const buffer = new Uint8Array(4096);
    const count = await this.#connection.read(buffer);
    if (count === null) throw new Error("the end");
    this.#text += byteString(buffer, 0, count);
  }
}

async function reply(connection: Deno.TcpConn, answer: LookupAnswer): Promise<void> {
  if (answer === undefined) return;
  const bytes = typeof answer === "string" ? sized(answer) : answer;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function sized(text: string): Uint8Array<ArrayBuffer> {
  const body = bytesOf(text);
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, 4);
  return bytes;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
