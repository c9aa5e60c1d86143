// nsq_to_file as a process against a broker process: files as promised, whatever ends it.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { BrokerOnPath } from "../durability/broker_on_path.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { seen } from "../daemons/waiting.ts";
import { ToolProcess } from "./tool_process.ts";

/** A broker, a folder for its data and one for files. */
class Scene implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  broker!: BrokerOnPath;

  static async open(...flags: string[]): Promise<Scene> {
    const scene = new Scene();
    await Deno.mkdir(`${scene.folder.path}/data`);
    scene.broker = await BrokerOnPath.start(`${scene.folder.path}/data`, flags);
    return scene;
  }

  /** Where finished files are. */
  get files(): string {
    return `${this.folder.path}/out`;
  }

  words(...words: string[]): string[] {
    const own = [
      "--topic=t",
      `--nsqd-tcp-address=127.0.0.1:${this.broker.tcpPort}`,
      `--output-dir=${this.files}`,
      "--host-identifier=here",
      "--datetime-format=now",
    ];
    return [...own, ...words];
  }

  start(...words: string[]): ToolProcess {
    return new ToolProcess(["nsq_to_file", ...this.words(...words)]);
  }

  async publish(...bodies: string[]): Promise<void> {
    await this.broker.post("/mpub?topic=t", bodies.join("\n"));
  }

  /** All files by name, decompressed if need be. */
  async contents(folder = this.files): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    try {
      for await (const { name, isFile } of Deno.readDir(folder)) {
        if (!isFile || name.startsWith(".")) continue;
        const bytes = await Deno.readFile(`${folder}/${name}`);
        const text = name.endsWith(".gz") && bytes.length > 0 ? gunzipSync(bytes) : bytes;
        found.set(name, new TextDecoder().decode(text));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return found;
  }

  async names(folder = this.files): Promise<string[]> {
    return [...(await this.contents(folder)).keys()].sort();
  }

  async lines(folder = this.files): Promise<string[]> {
    const texts = [...(await this.contents(folder)).values()];
    for (const text of texts) assert(text === "" || text.endsWith("\n"), "a half line");
    return texts.flatMap((text) => text.split("\n").slice(0, -1));
  }

  /** Waits until the channel has nothing more. */
  async drained(): Promise<void> {
    await seen(async () => {
      const topic = (await this.broker.stats())[0];
      const channel = topic?.channels[0];
      const { depth = -1, in_flight_count = 0, deferred_count = 0 } = channel ?? {};
      return { depth, in_flight_count, deferred_count };
    }, (left) => left.depth + left.in_flight_count + left.deferred_count === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function numbers(from: number, to: number, width = 1): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`.padEnd(width, "x"));
}

Deno.test("nsq_to_file writes lines, finishes them and goes on in the same file", async () => {
  await using scene = await Scene.open();
  await scene.publish(...numbers(1, 300));
  for (const [from, to] of [[1, 300], [301, 310]] as const) {
    await using tool = scene.start("--max-in-flight=10");
    if (from > 1) await scene.publish(...numbers(from, to));
    await seen(() => scene.lines(), (lines) => lines.length >= to);
    const { code, errors } = await tool.end("SIGTERM");
    assertEquals(code, 0, errors);
  }
  assertEquals(await scene.names(), ["t.here.now.log"]);
  assertEquals(await scene.lines(), numbers(1, 310));
  await scene.drained();
  const hidden = [...Deno.readDirSync(scene.files)].filter(({ name }) => name.startsWith("."));
  assertEquals(hidden, []);
});

Deno.test("nsq_to_file has lines in the file before it finishes them, at the latest at its end", async () => {
  await using scene = await Scene.open();
  await using tool = scene.start("--sync-interval=1h");
  await scene.publish("a", "b");
  await seen(() => scene.lines(), (lines) => lines.length === 2);
  assertEquals((await scene.broker.channel("t", "nsq_to_file")).in_flight_count, 2);
  assertEquals((await tool.end("SIGINT")).code, 0);
  await scene.drained();
});

Deno.test("nsq_to_file killed again and again loses nothing and leaves no half line", async () => {
  for (const flags of [[], ["--gzip"], ["--rotate-size=20000", "--work-dir=WORK"]]) {
    // What a killed client held comes back after the timeout.
    await using scene = await Scene.open("--msg-timeout=1s");
    const work = `${scene.folder.path}/work`;
    const words = flags.map((flag) => flag.replace("WORK", work));
    const folder = words.some((word) => word.includes(work)) ? work : scene.files;
    let published = 0;
    for (let round = 0; round < 3; round++) {
      await using tool = scene.start("--sync-interval=100ms", ...words);
      await scene.publish(...numbers(published + 1, published + 2000, 100));
      published += 2000;
      await seen(() => bytesIn(folder), (bytes) => bytes > 0);
      await new Promise((resolve) => setTimeout(resolve, 150 * round));
      tool.signal("SIGKILL");
      await tool.end();
      // What a torn write would leave, on top of whatever the kill did.
      await tear(folder);
    }
    // Nothing may be left, and a tool that has only begun to start dies of a signal.
    await scene.broker.clients("t", "nsq_to_file", 0);
    await using tool = scene.start("--sync-interval=50ms", ...words);
    await scene.broker.clients("t", "nsq_to_file", 1);
    await scene.drained();
    assertEquals((await tool.end("SIGTERM")).code, 0);
    const lines = new Set(await scene.lines());
    assertEquals(lines, new Set(numbers(1, published, 100)), String(flags));
    if (words.length > 1) assertEquals(await scene.names(work), []);
  }
});

/** How much there is in the files of a folder. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.startsWith(".")) bytes += (await Deno.stat(`${folder}/${name}`)).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return bytes;
}

/** Adds half a line (or half a member) to the file a killed process was writing. */
async function tear(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.startsWith(".nsq_to_file.")) continue;
      const path = (await Deno.readTextFile(`${folder}/${name}`)).trimEnd();
      const half = path.endsWith(".gz") ? new Uint8Array([0x1f, 0x8b, 8, 4]) : new Uint8Array([65]);
      if (path !== "") await Deno.writeFile(path, half, { append: true, create: false });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

Deno.test("nsq_to_file rotates by size, packs, and moves what is finished", async () => {
  await using scene = await Scene.open();
  const work = `${scene.folder.path}/work`;
  await scene.publish(...numbers(1, 100, 99));
  const rotating = ["--gzip", "--rotate-size=2500", "--sync-interval=100ms"];
  await using tool = scene.start(...rotating, `--work-dir=${work}`);
  await seen(() => scene.broker.stats(), ([topic]) => (topic?.channels.length ?? 0) > 0);
  await scene.drained();
  assertEquals((await tool.end("SIGTERM")).code, 0);
  assertEquals(await scene.names(work), []);
  const names = numbers(0, 3).map((number) => `t.here-00000${number}.now.log.gz`);
  assertEquals(await scene.names(), names);
  assertEquals((await scene.lines()).sort(), numbers(1, 100, 99).sort());
});

Deno.test("nsq_to_file rotates by time, with empty files unless they are skipped", async () => {
  await using scene = await Scene.open();
  for (const isSkipped of [false, true]) {
    await using tool = scene.start(
      "--rotate-interval=50ms",
      "--sync-interval=30ms",
      `--channel=${isSkipped}`,
      `--output-dir=${scene.folder.path}/${isSkipped}`,
      ...isSkipped ? ["--skip-empty-files"] : [],
    );
    const folder = `${scene.folder.path}/${isSkipped}`;
    if (isSkipped) {
      await seen(() => scene.broker.channel("t", "true").catch(() => undefined), Boolean);
      await scene.publish("a");
    }
    await seen(() => scene.names(folder), (names) => names.length >= (isSkipped ? 1 : 3));
    assertEquals((await tool.end("SIGTERM")).code, 0);
    if (isSkipped) assertEquals([...(await scene.contents(folder)).values()], ["a\n"]);
  }
});

Deno.test("nsq_to_file begins a new file at SIGHUP and goes on, also with a work dir", async () => {
  await using scene = await Scene.open();
  const work = `${scene.folder.path}/work`;
  await using tool = scene.start(`--work-dir=${work}`);
  await scene.publish("a");
  await seen(() => scene.lines(work), (lines) => lines.length === 1);
  tool.signal("SIGHUP");
  await seen(() => scene.lines(), (lines) => lines.length === 1);
  await scene.publish("b");
  await seen(() => scene.lines(work), (lines) => lines.length === 1);
  assertEquals((await tool.end("SIGTERM")).code, 0);
  assertEquals(await scene.names(), ["t.here-000000.now.log", "t.here-000001.now.log"]);
});

Deno.test("nsq_to_file refuses a file that another process writes, and touches nothing in it", async () => {
  await using scene = await Scene.open();
  await using first = scene.start();
  await scene.publish("a");
  await seen(() => scene.lines(), (lines) => lines.length === 1);
  await using second = scene.start("--channel=other");
  await seen(() => scene.broker.channel("t", "other").catch(() => undefined), Boolean);
  await scene.publish("b");
  const { code, errors } = await second.end();
  assertEquals(code, 1);
  assertStringIncludes(errors, "is being written by another process");
  await seen(() => scene.lines(), (lines) => lines.length === 2);
  assertEquals((await first.end("SIGTERM")).code, 0);
  assertEquals(await scene.lines(), ["a", "b"]);
});

Deno.test("nsq_to_file ends with 1 when it cannot write, and hands everything back", async () => {
  await using scene = await Scene.open();
  await Deno.writeTextFile(scene.files, "no folder");
  await scene.publish("a");
  await using tool = scene.start();
  const { code, errors } = await tool.end();
  assertEquals(code, 1);
  assertMatch(errors, /FATAL: .*out/);
  await seen(
    () => scene.broker.topic("t"),
    ({ depth, channels }) => depth + channels.reduce((sum, { depth }) => sum + depth, 0) === 1,
  );
});

Deno.test("nsq_to_file ends the half line of somebody else instead of joining its own to it", async () => {
  await using scene = await Scene.open();
  await Deno.mkdir(scene.files);
  await Deno.writeTextFile(`${scene.files}/t.here.now.log`, "whole\nhalf");
  await using tool = scene.start();
  await scene.publish("a");
  await seen(() => scene.lines().catch((): string[] => []), (lines) => lines.includes("a"));
  assertEquals((await tool.end("SIGTERM")).code, 0);
  assertEquals(await scene.lines(), ["whole", "half", "a"]);
});
