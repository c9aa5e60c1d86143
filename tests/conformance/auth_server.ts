/**
 * A stand-in for an auth server: gives prepared replies and remembers what it was asked.
 *
 * Knows HTTP and no rule of authorization. A request is remembered before it is answered.
 */
import type { AuthReply, Json } from "./vectors.ts";

/** A running stand-in. */
export class AuthServer {
  /** The requests so far, as the vectors write them down. */
  readonly requests: Json[] = [];
  readonly #replies: readonly AuthReply[];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Listens on a free loopback port; the last reply is given for ever. */
  constructor(replies: readonly AuthReply[]) {
    this.#replies = replies;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** The port it listens on. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** Takes no more requests. */
  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const reply = this.#replies[Math.min(this.requests.length, this.#replies.length - 1)];
    this.requests.push(await described(request));
    if (reply === undefined) return new Response("no reply was prepared", { status: 500 });
    if ("json" in reply) return Response.json(reply.json);
    return new Response(reply.text, { status: reply.status });
  }
}

async function described(request: Request): Promise<Json> {
  const { pathname, searchParams } = new URL(request.url);
  const body = await request.text();
  return {
    method: request.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    accept: request.headers.get("accept") ?? "",
    ...(body === ""
      ? {}
      : { "content-type": request.headers.get("content-type") ?? "", json: JSON.parse(body) }),
  };
}
