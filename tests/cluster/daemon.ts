/**
 * One process of a cluster: nsqd or nsqlookupd, of NSQD_BIN or of this checkout's mod.ts, perhaps in a network namespace.
 * It is asked by HTTP and by its log, and signals are sent to it by its process id. It knows no messages.
 * Invariant: the process is gone when its scope ends, stopped or not.
 */
import { fromFileUrl, resolve } from "@std/path";
import { sleep } from "../soak/random.ts";

/** Lines of the log that are kept. */
const LINES_MAX = 20_000;
const WAIT_MS_MAX = 30_000;
const REQUEST_MS_MAX = 10_000;

/** How a daemon is started. */
export interface DaemonInputs {
  /** `nsqd` or `nsqlookupd`. */
  readonly program: string;
  readonly flags: readonly string[];
  /** Where it listens; both are free ports of 127.0.0.1 unless somebody says otherwise. */
  readonly tcpAddress?: string;
  readonly httpAddress?: string;
  /** The name of a network namespace to run in. */
  readonly namespace?: string;
  /** Another executable than ours, which needs no word to know its program. */
  readonly executable?: string;
}

function commandOf({ program, executable, namespace }: DaemonInputs): string[] {
  const binary = Deno.env.get("NSQD_BIN");
  const main = fromFileUrl(new URL("../../mod.ts", import.meta.url));
  const words = executable !== undefined
    ? [executable]
    : binary
    ? [resolve(binary), program]
    : [Deno.execPath(), "run", "-A", "--no-prompt", main, program];
  return namespace === undefined ? words : ["ip", "netns", "exec", namespace, ...words];
}

/** A running daemon. */
export class Daemon implements AsyncDisposable {
  readonly inputs: DaemonInputs;
  /** Where it listens, `host:port`, as its log says. */
  tcpAddress = "";
  httpAddress = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  #waiting: (() => void)[] = [];
  #hasEnded = false;
  #isFrozen = false;

  private constructor(child: Deno.ChildProcess, inputs: DaemonInputs) {
    this.#child = child;
    this.inputs = inputs;
    this.#reading = this.#readLog();
  }

  /** Starts one and waits until it listens. Throws with its log when it ends before, and when that takes 30 s. */
  static async start(inputs: DaemonInputs): Promise<Daemon> {
    const { tcpAddress = "127.0.0.1:0", httpAddress = "127.0.0.1:0", flags } = inputs;
    const [path, ...words] = commandOf(inputs);
    const listening = [`--tcp-address=${tcpAddress}`, `--http-address=${httpAddress}`];
    const command = new Deno.Command(path!, {
      args: [...words, ...listening, ...flags],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    });
    const daemon = new Daemon(command.spawn(), inputs);
    try {
      daemon.tcpAddress = await daemon.logged(/ TCP: listening on (\S+)/);
      daemon.httpAddress = await daemon.logged(/ HTTP: listening on (\S+)/);
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The port of an address that its log tells. */
  get tcpPort(): number {
    return Number(this.tcpAddress.slice(this.tcpAddress.lastIndexOf(":") + 1));
  }

  get httpPort(): number {
    return Number(this.httpAddress.slice(this.httpAddress.lastIndexOf(":") + 1));
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return !this.#hasEnded;
  }

  /** Whether it can answer: it runs, and is not frozen. */
  get isAwake(): boolean {
    return this.isAlive && !this.#isFrozen;
  }

  /** The latest lines of its log. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** How many lines of its log match. */
  count(pattern: RegExp): number {
    return this.#lines.filter((line) => pattern.test(line)).length;
  }

  /** The first group of the first line of its log that matches. Throws when the process ends before, and after 30 s. */
  async logged(pattern: RegExp): Promise<string> {
    const late = Promise.withResolvers<never>();
    const reason = () => new Error(`Not within ${WAIT_MS_MAX} ms: ${pattern}:\n${this.tail}`);
    const timer = setTimeout(() => late.reject(reason()), WAIT_MS_MAX);
    try {
      return await Promise.race([this.#logged(pattern), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #logged(pattern: RegExp): Promise<string> {
    for (;;) {
      for (const line of this.#lines) {
        const match = pattern.exec(line);
        if (match !== null) return match[1] ?? match[0];
      }
      if (this.#hasEnded) throw new Error(`It ended without ${pattern}:\n${this.tail}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The end of its log. */
  get tail(): string {
    return this.#lines.slice(-30).join("\n");
  }

  /** Stops it where it is, as a machine does that is suspended. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
    this.#isFrozen = true;
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child.kill("SIGCONT");
    this.#isFrozen = false;
  }

  /** Sends a signal and waits for the end; the exit code. */
  async end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    return await this.ended();
  }

  /** Waits for an end that somebody else has asked for, 30 s at most; the exit code. */
  async ended(): Promise<number> {
    await until(() => this.#hasEnded, () => `the end of ${this.inputs.program}:\n${this.tail}`);
    return (await this.#child.status).code;
  }

  /** The answer to a request of its HTTP API: the status and the body as text. */
  async request(method: string, path: string, body: string | null = null) {
    const url = `http://${this.httpAddress}${path}`;
    const signal = AbortSignal.timeout(REQUEST_MS_MAX);
    const response = await fetch(url, { method, body, signal });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** GET of a JSON document. Throws unless the status is 200. */
  async json(path: string): Promise<Record<string, unknown>> {
    const { status, text } = await this.request("GET", path);
    if (status === 200) return JSON.parse(text);
    throw new Error(`GET ${path} answered ${status}: ${text}`);
  }

  /** The memory it has, bytes. */
  rssBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #readLog(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.#lines.push(...lines);
      if (this.#lines.length > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX);
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }
}

/** Looks every 50 ms until it is so; after `limitMs` it throws what `describe` says. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  describe: () => string,
  limitMs = 30_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!await isSo()) {
    if (performance.now() > endMs) throw new Error(`Not within ${limitMs} ms: ${describe()}`);
    await sleep(50);
  }
}
