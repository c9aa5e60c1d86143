/**
 * The broker under test: a child process, NSQD_BIN or this checkout's mod.ts, on free ports and with a
 * data path of its own. It is asked by HTTP, and its memory by /proc; it knows no messages.
 * Invariant: process and data path are gone when its scope ends; a stack trace in its log fails the test.
 */
import { fromFileUrl, resolve } from "@std/path";

/** Lines of the log that are kept for the report of a failure. */
const LINES_MAX = 200;
const MIB = 1024 * 1024;
const EXERCISE_TOPIC = "exercise";
const EXERCISE_MESSAGES = 60;
const EXERCISE_BYTES = 512 * 1024;

function program(): { path: string; words: string[] } {
  const binary = Deno.env.get("NSQD_BIN");
  if (binary) return { path: resolve(binary), words: [] };
  const main = fromFileUrl(new URL("../../mod.ts", import.meta.url));
  return { path: Deno.execPath(), words: ["run", "-A", main] };
}

/** Memory of the broker. */
export interface Memory {
  /** What the process has, by the system's account. */
  readonly rssBytes: number;
  /** What its objects and buffers take, those nobody needs any more included until V8 collects them. */
  readonly heapBytes: number;
}

/** A running broker. */
export class BrokerProcess implements AsyncDisposable {
  /** Where it listens, as its log says. */
  tcpPort = 0;
  httpPort = 0;
  readonly #child: Deno.ChildProcess;
  readonly #dataPath: string;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  readonly #faults: string[] = [];
  readonly #warnings: string[] = [];
  #onLine = () => {};
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess, dataPath: string) {
    this.#child = child;
    this.#dataPath = dataPath;
    this.#reading = this.#readLog();
  }

  /** Starts a broker and waits until it listens. Throws with its log when it ends before. */
  static async start(flags: readonly string[] = []): Promise<BrokerProcess> {
    const dataPath = await Deno.makeTempDir({ prefix: "nsqd-soak-" });
    const { path, words } = program();
    const own = [
      `--data-path=${dataPath}`,
      "--tcp-address=127.0.0.1:0",
      "--http-address=127.0.0.1:0",
    ];
    const command = new Deno.Command(path, {
      args: [...words, ...own, ...flags],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    });
    const broker = new BrokerProcess(command.spawn(), dataPath);
    try {
      await broker.#listening();
      return broker;
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #listening(): Promise<void> {
    while (this.tcpPort === 0 || this.httpPort === 0) {
      if (this.#hasEnded) throw new Error(`The broker ended:\n${this.#lines.join("\n")}`);
      await new Promise<void>((resolve) => this.#onLine = resolve);
    }
  }

  /** Where its TCP protocol is spoken, `host:port`. */
  get tcpAddress(): string {
    return `127.0.0.1:${this.tcpPort}`;
  }

  /** Whether the process is still there. */
  get isAlive(): boolean {
    return !this.#hasEnded;
  }

  /** What its log says of faults of its own; there must be nothing. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Whom it gave up, and what it calls an error: what a failed test is to be read with. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** The latest lines of its log. */
  get latestLines(): readonly string[] {
    return this.#lines;
  }

  /** The memory it has, bytes. */
  rssBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /**
   * The memory it has when it has nothing to do: looks until it is `enough`, `roundsMax` times at most, and
   * gives the least it saw. Before each look it is given messages that are thrown away again, always the same
   * work: it fills what V8 keeps in reserve and is enough to make it collect.
   */
  async idleMemory(enough: Memory, roundsMax = 20): Promise<Memory> {
    const least = { rssBytes: Infinity, heapBytes: Infinity };
    const isEnough = () => least.rssBytes <= enough.rssBytes && least.heapBytes <= enough.heapBytes;
    for (let round = 0; round < roundsMax && !isEnough(); round++) {
      await this.#exercise();
      await new Promise((resolve) => setTimeout(resolve, 200));
      least.rssBytes = Math.min(least.rssBytes, this.rssBytes());
      least.heapBytes = Math.min(least.heapBytes, await this.#heapBytes());
    }
    return least;
  }

  async #exercise(): Promise<void> {
    await this.post("/debug/freememory").catch(() => {});
    for (let message = 1; message <= EXERCISE_MESSAGES; message++) {
      await this.post(`/pub?topic=${EXERCISE_TOPIC}`, new Uint8Array(EXERCISE_BYTES));
      if (message % 20 === 0) await this.post(`/topic/delete?topic=${EXERCISE_TOPIC}`);
    }
  }

  async #heapBytes(): Promise<number> {
    const { memory } = JSON.parse(await this.get("/stats?format=json&topic=none"));
    return memory.heap_in_use_bytes;
  }

  /** GET, the body as text. Throws unless the status is 200. */
  get(path: string): Promise<string> {
    return this.#request("GET", path, null);
  }

  /** POST, the body of the answer as text. Throws unless the status is 200. */
  post(path: string, body: BodyInit | null = null): Promise<string> {
    return this.#request("POST", path, body);
  }

  async #request(method: string, path: string, body: BodyInit | null): Promise<string> {
    const url = `http://127.0.0.1:${this.httpPort}${path}`;
    const response = await fetch(url, { method, body, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (response.status === 200) return text;
    throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  }

  /** Ends it as an operator does, and gives the exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  /** Kills what still runs and removes the data. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
    await Deno.remove(this.#dataPath, { recursive: true });
  }

  async #readLog(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#takeLine(line);
      this.#onLine();
    }
    this.#hasEnded = true;
    this.#onLine();
  }

  #takeLine(line: string): void {
    if (this.#lines.push(line) > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX);
    const isStack = /^\s+at .*:\d+:\d+/.test(line) || line.startsWith("error: Uncaught");
    if (isStack && this.#faults.length < LINES_MAX) this.#faults.push(...this.#lines.slice(-2));
    const isWarning = line.endsWith(": timed out") || line.includes("WARNING") ||
      line.includes("FATAL");
    if (isWarning && this.#warnings.length < LINES_MAX) this.#warnings.push(line);
    if (this.tcpPort === 0) this.tcpPort = portIn(line, "TCP");
    if (this.httpPort === 0) this.httpPort = portIn(line, "HTTP");
  }
}

function portIn(line: string, server: string): number {
  return Number(new RegExp(` ${server}: listening on .*:(\\d+)$`).exec(line)?.[1] ?? 0);
}

/** Bytes as people read them. */
export function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
