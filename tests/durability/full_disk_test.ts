/**
 * A real filesystem of 8 MB that a broker fills under load: publishing is refused with upstream's codes, consumers go
 * on, and after they have made room it takes messages again, without a restart. What was acknowledged arrives, nothing
 * else. It needs the right to mount a tmpfs; where that is missing the test is left out and says so.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  deferredCommand,
  publishAllCommand,
  publishCommand,
} from "../../src/client/command_bytes.ts";
import { RawConnection } from "../soak/raw_connection.ts";
import { say, sleep } from "../soak/random.ts";
import { BrokerOnPath } from "./broker_on_path.ts";
import { Tap } from "./tap.ts";
import { until } from "../daemons/waiting.ts";

const SIZE = "8m";
const FILLER = "x".repeat(3000);
const DEFER_MS = 50;
/** A publisher that is refused tries again after so long. */
const RETRY_MS = 20;

/** Why no filesystem can be mounted here; undefined when one can. */
function obstacle(): string | undefined {
  const path = Deno.makeTempDirSync({ prefix: "nsqd-mount-" });
  try {
    const mounting = run("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", path);
    if (mounting !== undefined) return mounting;
    return run("umount", path);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

/** Runs a program; what went wrong, or undefined. */
function run(program: string, ...args: string[]): string | undefined {
  try {
    const { success, stderr } = new Deno.Command(program, { args }).outputSync();
    return success ? undefined : new TextDecoder().decode(stderr).trim() || `${program} failed`;
  } catch (error) {
    return String(error);
  }
}

class SmallDisk implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "nsqd-full-" });

  constructor() {
    const problem = run("mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", this.path);
    if (problem !== undefined) throw new Error(problem);
  }

  [Symbol.dispose](): void {
    const problem = run("umount", this.path);
    if (problem !== undefined) throw new Error(problem);
    Deno.removeSync(this.path);
  }
}

/** Publishes in one way until it is told to stop. */
class Publisher {
  readonly acknowledged: string[] = [];
  refusals = 0;
  /** Acknowledged since the last refusal. */
  streak = 0;
  /** What it should not have been answered. */
  problem: string | undefined;
  readonly #done: Promise<void>;
  #isStopped = false;
  #count = 0;

  /**
   * @param name begins the bodies
   * @param send publishes these bodies; gives what was answered
   * @param refusal what it is told when the disk is full
   */
  constructor(
    readonly name: string,
    private readonly send: (bodies: string[]) => Promise<string>,
    private readonly refusal: RegExp,
  ) {
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const count = this.name === "mpub" ? 5 : 1;
      const bodies = Array.from({ length: count }, () => `${this.name} ${this.#count++} ${FILLER}`);
      const answer = await this.send(bodies).catch(String);
      if (answer === "OK") {
        this.acknowledged.push(...bodies);
        this.streak++;
      } else {
        if (!this.refusal.test(answer)) this.problem ??= `${this.name} was answered ${answer}`;
        this.refusals++;
        this.streak = 0;
        await sleep(RETRY_MS);
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }
}

/** Sends commands on one connection, and on another after each refusal, which ends it. */
function overTcp(port: number, command: (bodies: string[]) => Uint8Array) {
  let connection: RawConnection | undefined;
  return async (bodies: string[]) => {
    if (connection === undefined || !connection.isOpen) {
      connection = await RawConnection.open(port, {});
    }
    const answer = connection.request(command(bodies));
    return await answer.catch(({ message }: Error) => message);
  };
}

async function overHttp(port: number, [body]: string[]): Promise<string> {
  const url = `http://127.0.0.1:${port}/pub?topic=t`;
  const response = await fetch(url, { method: "POST", body: body! });
  return `${response.status === 200 ? "" : `${response.status} `}${await response.text()}`;
}

function publishers({ tcpPort, httpPort }: BrokerOnPath): Publisher[] {
  const defer = ([body]: string[]) => deferredCommand("t", DEFER_MS, body!);
  return [
    new Publisher(
      "pub",
      overTcp(tcpPort, ([body]) => publishCommand("t", body!)),
      /^E_PUB_FAILED PUB failed /,
    ),
    new Publisher(
      "mpub",
      overTcp(tcpPort, (bodies) => publishAllCommand("t", bodies)),
      /^E_MPUB_FAILED MPUB failed /,
    ),
    new Publisher("dpub", overTcp(tcpPort, defer), /^E_DPUB_FAILED DPUB failed /),
    new Publisher("http", (bodies) => overHttp(httpPort, bodies), /^503 .*EXITING/),
  ];
}

/** Takes and finishes whatever comes in a channel. */
class Drain {
  readonly bodies: string[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(tap: Tap) {
    this.#done = this.#run(tap);
  }

  async #run(tap: Tap): Promise<void> {
    while (!this.#isStopped) {
      const came = await tap.next(Math.max(1, tap.surplus.length)).catch(() => []);
      this.bodies.push(...came.map(({ body }) => body));
      if (came.length > 0) await tap.finish(came);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#done.catch(() => {});
  }
}

async function story(flags: readonly string[]): Promise<void> {
  using disk = new SmallDisk();
  const all: Publisher[] = [];
  const size = "--max-bytes-per-file=1048576";
  await using broker = await BrokerOnPath.start(disk.path, [size, ...flags]);
  try {
    await fillAndEmpty(broker, all);
  } catch (error) {
    say(broker.latestLines.slice(-20).join("\n"));
    throw error;
  } finally {
    for (const publisher of all) await publisher.stop();
  }
  assertEquals(await broker.stop(), 0);
}

async function fillAndEmpty(broker: BrokerOnPath, all: Publisher[]): Promise<void> {
  const allAre = (what: string, isSo: (publisher: Publisher) => boolean) =>
    until(() => {
      const wrong = all.find(({ problem }) => problem !== undefined);
      if (wrong !== undefined) throw new Error(wrong.problem);
      return all.every(isSo);
    }, () => what);
  await broker.post("/topic/create?topic=t");
  for (const name of ["fast", "slow"]) await broker.post(`/channel/create?topic=t&channel=${name}`);
  await using fastTap = await Tap.open(broker.tcpPort, "t", "fast", 200);
  const fast = new Drain(fastTap);
  all.push(...publishers(broker));
  await allAre("everybody is refused", ({ refusals }) => refusals > 0);
  const count = () => all.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  await until(() => fast.bodies.length >= count(), () => "the consumer has everything");
  assertMatch(await broker.health(), /^NOK - /);
  await using slowTap = await Tap.open(broker.tcpPort, "t", "slow", 200);
  const slow = new Drain(slowTap);
  await allAre("everybody is served again", ({ streak }) => streak > 3);
  for (const publisher of all) await publisher.stop();
  const sent = all.flatMap(({ acknowledged }) => acknowledged).sort();
  await until(() => slow.bodies.length >= sent.length, () => "everything has come");
  await until(async () => (await broker.channel("t", "fast")).depth === 0, () => "nothing is left");
  assertEquals(await broker.health(), "OK");
  await sleep(3 * DEFER_MS);
  for (const { bodies } of [fast, slow]) {
    assert(isEqual(bodies.toSorted(), sent), "just what was acknowledged");
  }
  fast.stop();
  slow.stop();
}

/** Without a difference of a thousand long lines. */
function isEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((body, index) => body === other[index]);
}

const problem = obstacle();
if (problem !== undefined) {
  say(`no filesystem can be mounted, the full disk is left out: ${problem}`);
}

const ONE_SEGMENT = "--max-bytes-per-file=104857600";
const variants: Record<string, readonly string[]> = {
  "to the last byte": ["--min-free-space=0"],
  "to --min-free-space by one segment": ["--min-free-space=2097152", ONE_SEGMENT],
  "to the last byte by one segment, fsync": [
    "--min-free-space=0",
    ONE_SEGMENT,
    "--durability=fsync",
  ],
};

for (const [variant, flags] of Object.entries(variants)) {
  Deno.test({
    name: `A filesystem that is filled up ${variant} costs nothing acknowledged`,
    ignore: problem !== undefined,
    fn: () => story(flags),
  });
}
