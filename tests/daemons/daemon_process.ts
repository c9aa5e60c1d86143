/**
 * A daemon as a child process: NSQD_BIN or this checkout's mod.ts. It is started, listened to, asked by HTTP, stopped as an
 * operator does or killed without a word. It knows log lines and addresses, and nothing of what a daemon does.
 * Invariant: the process is gone when its scope ends.
 */
import { fromFileUrl, resolve } from "@std/path";
import { Arrivals, firstMatch } from "./arrivals.ts";

/** Lines of the log that are kept. */
const LINES_MAX = 20_000;
/** Lines of the log in the report of a failure. */
const TAIL_LINES = 200;
/** A stop that takes longer never ends. */
const STOP_MS_MAX = 20_000;
const REQUEST_MS_MAX = 30_000;

/** A line of the log that tells of a mistake of the daemon's own: part of a stack, or what nobody caught. */
export const FAULT_LINE = /^\s+at .*:\d+:\d+|Uncaught|ERROR: unexpected: /;

/** What a daemon listens for, as its log names it. */
export type Server = "TCP" | "HTTP";

/** How the program under test is started: its file, and the words that come before its own. */
export function programUnderTest(): { path: string; words: string[] } {
  const binary = Deno.env.get("NSQD_BIN");
  if (binary) return { path: resolve(binary), words: [] };
  const rootPath = (name: string) => fromFileUrl(new URL(`../../${name}`, import.meta.url));
  const words = ["run", "-A", "--config", rootPath("deno.json"), rootPath("mod.ts")];
  return { path: Deno.execPath(), words };
}

/** Flags for free ports of this machine. */
export const FREE_PORTS = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];

/** Starts the program under test with these words. */
export function spawnDaemon(words: readonly string[]): Deno.ChildProcess {
  const program = programUnderTest();
  return daemonCommand([program.path, ...program.words, ...words]).spawn();
}

/** A command, its path first, with the streams that a `DaemonProcess` needs. */
export function daemonCommand([path = "", ...args]: readonly string[]): Deno.Command {
  return new Deno.Command(path, { args, stdin: "null", stdout: "null", stderr: "piped" });
}

/** A process that was started and may have ended. */
export class DaemonProcess implements AsyncDisposable {
  /** Where it listens, `host:port`, as its log says; empty until it does. */
  tcpAddress = "";
  httpAddress = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  readonly #arrivals = new Arrivals();

  /** @param child its standard error must be piped; it is this object's from now on */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#readLog();
  }

  /** Resolves when it listens. Rejects with its log when it ends before, or takes half a minute; it is then gone. */
  async listening(servers: readonly Server[] = ["TCP", "HTTP"]): Promise<void> {
    try {
      for (const server of servers) await this.logged(listeningAt(server));
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The first group of the first line of its log that matches. Throws when it ends before, and after half a minute. */
  logged(pattern: RegExp): Promise<string> {
    const find = () => firstMatch(pattern, this.#lines);
    return this.#arrivals.first(find, () => `${pattern}:\n${this.tail}`);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The ports of its addresses; 0 until it listens. */
  get tcpPort(): number {
    return portOf(this.tcpAddress);
  }

  get httpPort(): number {
    return portOf(this.httpAddress);
  }

  /** Whether the process is still there. */
  get isAlive(): boolean {
    return !this.#arrivals.hasEnded;
  }

  /** The latest lines of its log, 20,000 at least when there were so many. */
  get latestLines(): readonly string[] {
    return this.#lines;
  }

  /** The end of its log, for the report of a failure. */
  get tail(): string {
    return this.#lines.slice(-TAIL_LINES).join("\n");
  }

  /** How many of the latest lines of its log match. */
  count(pattern: RegExp): number {
    return this.#lines.filter((line) => pattern.test(line)).length;
  }

  /** The memory it has, bytes. */
  rssBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** The processor time that it has cost, with all its threads, ms. */
  processorMs(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
    // Its name may hold anything. Behind it the 12th and 13th are those of user and system, in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  /** GET, the body as text. Throws unless the status is 200. */
  get(path: string): Promise<string> {
    return this.request("GET", path);
  }

  /** GET of a JSON document. Throws unless the status is 200. */
  async json(path: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.get(path));
  }

  /** POST, the body of the answer as text. Throws unless the status is 200. */
  post(path: string, body: BodyInit | null = null): Promise<string> {
    return this.request("POST", path, body);
  }

  /** Any request, the body of the answer as text. Throws unless the status is 200. */
  async request(method: string, path: string, body: BodyInit | null = null): Promise<string> {
    const { status, text } = await this.ask(method, path, body);
    if (status === 200) return text;
    throw new Error(`${method} ${path} answered ${status}: ${text}`);
  }

  /** Any request and any answer: its status, and its body as text. */
  async ask(method: string, path: string, body: BodyInit | null = null) {
    const signal = AbortSignal.timeout(REQUEST_MS_MAX);
    const response = await fetch(`http://${this.httpAddress}${path}`, { method, body, signal });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** Sends a signal; harmless when it has ended. */
  signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  /** Ends it as an operator does, and gives the exit code. Throws with its log when it does not end. */
  stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    return this.ended();
  }

  /** Resolves with the exit code when it has ended. Kills it and throws with its log when that takes a minute. */
  async ended(): Promise<number> {
    let isStuck = false;
    const timer = setTimeout(() => {
      isStuck = true;
      this.signal("SIGKILL");
    }, STOP_MS_MAX);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    if (isStuck) throw new Error(`The daemon does not stop:\n${this.tail}`);
    return code;
  }

  /** Kills it with no chance to do anything; harmless when it has ended. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #readLog(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.takeLine(line);
      this.#arrivals.came();
    }
    this.#arrivals.end();
  }

  /** Takes the next line of the log. */
  protected takeLine(line: string): void {
    if (this.#lines.push(line) > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX);
    this.tcpAddress ||= listeningAt("TCP").exec(line)?.[1] ?? "";
    this.httpAddress ||= listeningAt("HTTP").exec(line)?.[1] ?? "";
  }
}

function listeningAt(server: Server): RegExp {
  return new RegExp(` ${server}: listening on (\\S+)$`);
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
