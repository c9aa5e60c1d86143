/**
 * A daemon as a child process: NSQD_BIN or this checkout's mod.ts. It is started, listened to, asked by HTTP, stopped as an
 * operator does or killed without a word. It knows log lines and addresses, and nothing of what a daemon does.
 * Invariant: the process is gone when its scope ends.
 */
import { fromFileUrl, resolve } from "@std/path";

/** Lines of the log that are kept for the report of a failure. */
const LINES_MAX = 200;
/** A stop that takes longer never ends. */
const STOP_MS_MAX = 60_000;
const REQUEST_MS_MAX = 30_000;

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
  return new Deno.Command(program.path, {
    args: [...program.words, ...words],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** A process that was started and may have ended. */
export class DaemonProcess implements AsyncDisposable {
  /** Where it listens, as its log says; 0 until it does. */
  tcpPort = 0;
  httpPort = 0;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  #onLine = () => {};
  #hasEnded = false;

  /** @param child its standard error must be piped; it is this object's from now on */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#readLog();
  }

  /** Resolves when it listens. Rejects with its log when it ends before; it is then gone. */
  async listening(): Promise<void> {
    while (this.tcpPort === 0 || this.httpPort === 0) {
      if (this.#hasEnded) {
        await this[Symbol.asyncDispose]();
        throw new Error(`The daemon ended:\n${this.#lines.join("\n")}`);
      }
      await new Promise<void>((resolve) => this.#onLine = resolve);
    }
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Where its TCP protocol is spoken, `host:port`. */
  get tcpAddress(): string {
    return `127.0.0.1:${this.tcpPort}`;
  }

  /** Where its HTTP API listens, `host:port`. */
  get httpAddress(): string {
    return `127.0.0.1:${this.httpPort}`;
  }

  /** Whether the process is still there. */
  get isAlive(): boolean {
    return !this.#hasEnded;
  }

  /** The latest lines of its log. */
  get latestLines(): readonly string[] {
    return this.#lines;
  }

  /** GET, the body as text. Throws unless the status is 200. */
  get(path: string): Promise<string> {
    return this.request("GET", path);
  }

  /** POST, the body of the answer as text. Throws unless the status is 200. */
  post(path: string, body: BodyInit | null = null): Promise<string> {
    return this.request("POST", path, body);
  }

  /** Any request, the body of the answer as text. Throws unless the status is 200. */
  async request(method: string, path: string, body: BodyInit | null = null): Promise<string> {
    const signal = AbortSignal.timeout(REQUEST_MS_MAX);
    const response = await fetch(`http://${this.httpAddress}${path}`, { method, body, signal });
    const text = await response.text();
    if (response.status === 200) return text;
    throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
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
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    let isStuck = false;
    const timer = setTimeout(() => {
      isStuck = true;
      this.signal("SIGKILL");
    }, STOP_MS_MAX);
    const code = await this.ended();
    clearTimeout(timer);
    if (isStuck) throw new Error(`The daemon does not stop:\n${this.#lines.join("\n")}`);
    return code;
  }

  /** Resolves with the exit code when it has ended. */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reading;
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
      this.#onLine();
    }
    this.#hasEnded = true;
    this.#onLine();
  }

  /** Takes the next line of the log. */
  protected takeLine(line: string): void {
    if (this.#lines.push(line) > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX);
    if (this.tcpPort === 0) this.tcpPort = portIn(line, "TCP");
    if (this.httpPort === 0) this.httpPort = portIn(line, "HTTP");
  }
}

function portIn(line: string, server: string): number {
  return Number(new RegExp(` ${server}: listening on .*:(\\d+)$`).exec(line)?.[1] ?? 0);
}
