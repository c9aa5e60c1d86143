// nsq_to_http as a process between a broker process and an HTTP server: every message arrives, refused ones again.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { seen } from "../daemons/waiting.ts";
import { ToolProcess } from "./tool_process.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: Headers;
}

/** A broker, and a server that remembers requests. */
class Scene implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** The status of a reply. */
  answer: (seen: Seen) => number = () => 200;
  readonly #folder = new TemporaryFolder();
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      const seen = { method, path: pathname + search, body: await request.text(), headers };
      this.seen.push(seen);
      const status = this.answer(seen);
      return new Response(status === 204 ? null : "answer", { status });
    },
  );
  broker!: BrokerOnPath;

  static async open(): Promise<Scene> {
    const scene = new Scene();
    scene.broker = await BrokerOnPath.start(scene.#folder.path, []);
    return scene;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  start(...words: string[]): ToolProcess {
    const address = `--nsqd-tcp-address=127.0.0.1:${this.broker.tcpPort}`;
    return new ToolProcess(["nsq_to_http", "--topic=t", address, ...words]);
  }

  async drained(): Promise<void> {
    await seen(async () => {
      const channel = (await this.broker.stats())[0]?.channels[0];
      return channel ? channel.depth + channel.in_flight_count + channel.deferred_count : -1;
    }, (left) => left === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.broker[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}

Deno.test("nsq_to_http POSTs every message, with type and headers", async () => {
  await using scene = await Scene.open();
  scene.answer = () => 204;
  const bodies = Array.from({ length: 300 }, (_, index) => `body ${index}`);
  await scene.broker.post("/mpub?topic=t", bodies.join("\n"));
  const flags = ["--content-type=text/x", "--header=X-One: two: three", "--n=7"];
  await using tool = scene.start(`--post=${scene.url}/a`, `--post=${scene.url}/b`, ...flags);
  await seen(() => scene.seen.length, (count) => count >= 300);
  await scene.drained();
  const { code, errors } = await tool.end("SIGTERM");
  assertEquals(code, 0, errors);
  assertEquals(scene.seen.map(({ body }) => body).sort(), bodies.sort());
  const { method, headers } = scene.seen[0]!;
  assertEquals(
    [method, headers.get("content-type"), headers.get("x-one")],
    ["POST", "text/x", "two: three"],
  );
  assertEquals(new Set(scene.seen.map(({ path }) => path)), new Set(["/a", "/b"]));
  assertStringIncludes(errors, "[aggregate]: finished 250 - 99th: ");
});

Deno.test("nsq_to_http GETs with the message in the URL, and takes 200 alone for success", async () => {
  await using scene = await Scene.open();
  let count = 0;
  scene.answer = () => count++ === 0 ? 204 : 200;
  await scene.broker.post("/pub?topic=t", "a b&\n");
  const opts = ["default_requeue_delay,10ms", "backoff_multiplier,10ms"];
  await using tool = scene.start(
    `--get=${scene.url}/x%%20y?m=%s&p=%20`,
    ...opts.map((opt) => `--consumer-opt=${opt}`),
  );
  await seen(() => scene.seen.length, (count) => count >= 2);
  await scene.drained();
  const { code, errors } = await tool.end("SIGINT");
  assertEquals(code, 0);
  assertStringIncludes(errors, "got status code 204");
  assertEquals(scene.seen.map(({ path }) => path), Array(2).fill("/x%20y?m=a+b%26%0A&p=%20"));
});

Deno.test("nsq_to_http --mode=all sends to all, and --sample=0 to none", async () => {
  await using scene = await Scene.open();
  await scene.broker.post("/pub?topic=t", "a");
  const posts = ["a", "b"].map((name) => `--post=${scene.url}/${name}`);
  await using all = scene.start("--mode=all", ...posts);
  await scene.drained();
  await all.end("SIGTERM");
  assertEquals(scene.seen.map(({ path }) => path).sort(), ["/a", "/b"]);
  await scene.broker.post("/pub?topic=t", "b");
  await using none = scene.start("--sample=0", ...posts);
  await scene.drained();
  await none.end("SIGTERM");
  assertEquals(scene.seen.length, 2);
});
