// Tools that are stopped or killed in the middle of something, and those that are fed what nobody can use.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { seen } from "../daemons/waiting.ts";
import { ToolProcess } from "./tool_process.ts";

/** With it a broker hands out again soon what a killed tool held. */
const SOON = "--msg-timeout=1s";
/** With it a tool gives up no message, however often it was handed out. */
const EVERY_ATTEMPT = "--consumer-opt=max_attempts,0";
/** With it a tool that stands still for a while is sent nothing twice. */
const ONCE = "--consumer-opt=msg_timeout,60s";

/** A broker. */
class Scene implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  broker!: BrokerOnPath;

  static async open(...flags: string[]): Promise<Scene> {
    const scene = new Scene();
    scene.broker = await BrokerOnPath.start(scene.folder.path, flags);
    return scene;
  }

  get address(): string {
    return `127.0.0.1:${this.broker.tcpPort}`;
  }

  /** What a topic's channel has left, or -1 while there is none. */
  async left(topic: string): Promise<number> {
    const found = (await this.broker.stats()).find(({ topic_name }) => topic_name === topic);
    const channel = found?.channels[0];
    return channel ? channel.depth + channel.in_flight_count + channel.deferred_count : -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** An HTTP server that answers when it is let. */
class SlowServer implements AsyncDisposable {
  readonly bodies: string[] = [];
  readonly #gate = Promise.withResolvers<void>();
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      this.bodies.push(await request.text());
      await this.#gate.promise;
      return new Response();
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  open(): void {
    this.#gate.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.open();
    await this.#server.shutdown();
  }
}

Deno.test("nsq_to_http stopped in the middle of a request waits for it and finishes its message", async () => {
  await using scene = await Scene.open();
  await using server = new SlowServer();
  await scene.broker.post("/pub?topic=t", "a");
  const words = ["nsq_to_http", "--topic=t", `--nsqd-tcp-address=${scene.address}`];
  await using tool = new ToolProcess([...words, `--post=${server.url}`]);
  await seen(() => server.bodies.length, (count) => count === 1);
  const ended = tool.end("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 100));
  server.open();
  const { code, errors } = await ended;
  assertEquals(code, 0, errors);
  // What the tool sent last may lie unread for a moment.
  await seen(() => scene.left("t"), (left) => left === 0);
});

Deno.test("nsq_to_http killed in the middle of requests leaves their messages to the next one", async () => {
  await using scene = await Scene.open(SOON);
  await using server = new SlowServer();
  const bodies = Array.from({ length: 20 }, (_, index) => `body ${index}`);
  await scene.broker.post("/mpub?topic=t", bodies.join("\n"));
  const address = `--nsqd-tcp-address=${scene.address}`;
  const words = ["nsq_to_http", "--topic=t", address, EVERY_ATTEMPT];
  await using killed = new ToolProcess([...words, `--post=${server.url}`]);
  // Who stands still for a second is sent some of them again.
  await seen(() => new Set(server.bodies).size, (count) => count === 20);
  await killed.end("SIGKILL");
  server.open();
  await using next = new ToolProcess([...words, `--post=${server.url}`]);
  await seen(() => scene.left("t"), (left) => left === 0);
  assertEquals((await next.end("SIGTERM")).code, 0);
  assertEquals(new Set(server.bodies), new Set(bodies));
  assert(server.bodies.length >= 40);
});

Deno.test("nsq_to_nsq killed again and again loses nothing", async () => {
  await using scene = await Scene.open(SOON);
  const bodies = Array.from({ length: 3000 }, (_, index) => `body ${index}`);
  await scene.broker.post("/mpub?topic=from", bodies.join("\n"));
  const { address } = scene;
  const words = [
    "nsq_to_nsq",
    "--topic=from",
    `--nsqd-tcp-address=${address}`,
    "--destination-topic=to",
    `--destination-nsqd-tcp-address=${address}`,
    "--max-in-flight=20",
    EVERY_ATTEMPT,
  ];
  const copied = async () => {
    const found = (await scene.broker.stats()).find(({ topic_name }) => topic_name === "to");
    return found?.message_count ?? 0;
  };
  for (const count of [1, 500]) {
    await using tool = new ToolProcess(words);
    await seen(copied, (seen) => seen >= count);
    await tool.end("SIGKILL");
  }
  // Nothing may be left, and a tool that has only begun to start dies of a signal.
  await scene.broker.clients("from", "nsq_to_nsq", 0);
  await using last = new ToolProcess(words);
  await scene.broker.clients("from", "nsq_to_nsq", 1);
  await seen(() => scene.left("from"), (left) => left === 0);
  assertEquals((await last.end("SIGTERM")).code, 0);
  const count = await copied();
  const flags = ["--topic=to", "--channel=c", `--nsqd-tcp-address=${address}`, `-n=${count}`];
  await using tail = new ToolProcess(["nsq_tail", ...flags, ONCE]);
  const { output } = await tail.end();
  assertEquals(new Set(output.trimEnd().split("\n")), new Set(bodies));
});

Deno.test("to_nsq names the line that the broker refuses, and publishes those before it", async () => {
  await using scene = await Scene.open();
  const input = `first\n\0binary\xff\n${"x".repeat(2_000_000)}\nlast\n`;
  const words = ["to_nsq", "--topic=t", `--nsqd-tcp-address=${scene.address}`];
  await using tool = new ToolProcess(words, input);
  const { code, errors } = await tool.end();
  assertEquals(code, 1);
  assertStringIncludes(errors, "E_BAD_MESSAGE");
  assert(/not acknowledged: .*line/.test(errors), errors);
  assertEquals((await scene.broker.topic("t")).message_count, 2);
});

Deno.test("nsq_stat as a process ends with 0 on SIGINT", async () => {
  await using scene = await Scene.open();
  await scene.broker.post("/topic/create?topic=t");
  await scene.broker.post("/channel/create?topic=t&channel=c");
  const address = `--nsqd-http-address=127.0.0.1:${scene.broker.httpPort}`;
  const words = ["nsq_stat", "--topic=t", "--channel=c", "--interval=50ms", address];
  await using tool = new ToolProcess(words);
  await seen(() => tool.output, (output) => output.includes("|       0"));
  const { code, errors } = await tool.end("SIGINT");
  assertEquals([code, errors], [0, ""]);
});

Deno.test("every tool as a process refuses a flag that nobody knows", async () => {
  const names = ["nsq_tail", "nsq_pub", "to_nsq", "nsq_stat", "nsq_to_file", "nsq_to_http"];
  const tools = [...names, "nsq_to_nsq"].map(async (name) => {
    await using tool = new ToolProcess([name, "--nonsense"]);
    const { code, output, errors } = await tool.end();
    assertEquals([code, output], [2, ""]);
    assertStringIncludes(errors, "flag provided but not defined: -nonsense\n");
    assertStringIncludes(errors, `Usage: ${name}`);
  });
  await Promise.all(tools);
});
