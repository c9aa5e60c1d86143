// Stand-ins for nsqd's and nsqlookupd's HTTP APIs, and an nsqadmin in this process that asks them.

import { Admin } from "../../src/admin/admin.ts";
import { type AdminOptions, NSQADMIN_OPTIONS } from "../../src/options/nsqadmin_options.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { logTo } from "../base/kept_log.ts";

/** Answers a request to a fake daemon; undefined is NOT_FOUND. */
export type Answer = (url: URL, request: Request) => unknown;

/** A fake daemon, which notes what it was asked. */
export class FakeDaemon implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** `answer` gives a Response, or a value for JSON. */
  constructor(answer: Answer) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const url = new URL(request.url);
        this.asked.push(`${request.method} ${url.pathname}${url.search}`);
        const reply = await answer(url, request);
        if (reply instanceof Response) return reply;
        if (reply !== undefined) return Response.json(reply);
        return Response.json({ message: "NOT_FOUND" }, { status: 404 });
      },
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

/** What an nsqd that is healthy says of itself. */
export function infoOf(port: number) {
  return {
    version: "1.3.0",
    broadcast_address: "127.0.0.1",
    hostname: "h",
    http_port: port,
    tcp_port: 1,
  };
}

/** A channel in /stats. */
export function channelJson(name: string, figures: Record<string, unknown> = {}) {
  return {
    channel_name: name,
    depth: 0,
    backend_depth: 0,
    in_flight_count: 0,
    deferred_count: 0,
    message_count: 0,
    requeue_count: 0,
    timeout_count: 0,
    client_count: 0,
    clients: [],
    paused: false,
    e2e_processing_latency: { count: 0, percentiles: null },
    ...figures,
  };
}

/** A topic in /stats. */
export function topicJson(
  name: string,
  channels: unknown[],
  figures: Record<string, unknown> = {},
) {
  return {
    topic_name: name,
    channels,
    depth: 0,
    backend_depth: 0,
    message_count: 0,
    message_bytes: 0,
    paused: false,
    e2e_processing_latency: { count: 0, percentiles: null },
    ...figures,
  };
}

/** A fake nsqd with these topics; `more` may answer other requests. */
export function fakeNsqd(topics: () => unknown[], more: Answer = () => undefined): FakeDaemon {
  const daemon: FakeDaemon = new FakeDaemon(async (url, request) => {
    const answer = await more(url, request);
    if (answer !== undefined) return answer;
    if (url.pathname === "/info") return infoOf(daemon.port);
    if (url.pathname !== "/stats") return undefined;
    const wanted = url.searchParams.get("topic");
    const all = topics() as { topic_name: string }[];
    const found = wanted === null ? all : all.filter(({ topic_name }) => topic_name === wanted);
    return { version: "1.3.0", health: "OK", start_time: 1, topics: found, producers: [] };
  });
  return daemon;
}

/** What one asks a running nsqadmin, and what it logs. */
export interface Scene {
  readonly admin: Admin;
  readonly base: string;
  readonly lines: string[];
  /** Status and JSON of an answer. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<{
    status: number;
    // deno-lint-ignore no-explicit-any -- tests pick what they look at
    json: any;
    headers: Headers;
  }>;
}

/** Runs an nsqadmin with these options for as long as `play` takes. */
export async function withAdmin(
  given: Partial<AdminOptions>,
  play: (scene: Scene) => Promise<void>,
  readTextFile: (path: string) => string = Deno.readTextFileSync,
): Promise<void> {
  const lines: string[] = [];
  const log = logTo((text, level) => lines.push(`${level} ${text}`));
  const options = { ...defaultsOf(NSQADMIN_OPTIONS), httpAddress: "127.0.0.1:0", ...given };
  const admin = await Admin.start({ options, log, hostname: "here", readTextFile });
  // A connection that is kept open would hold up the end.
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const base = `http://127.0.0.1:${admin.httpPort}`;
  const ask: Scene["ask"] = async (method, path, body, headers = {}) => {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const init = { method, headers, client, ...text === undefined ? {} : { body: text } };
    const response = await fetch(base + path, init);
    const content = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      json: isJson ? JSON.parse(content) : content,
      headers: response.headers,
    };
  };
  try {
    await play({ admin, base, lines, ask });
  } finally {
    client.close();
    await admin.stop();
  }
}
