/**
 * The executable under test: the file NSQD_BIN names, how to run it to its end, and how to keep it
 * running as a broker. It knows processes and log lines and nothing of what a broker does.
 * Invariant: whatever a test started is gone when its scope ends.
 */
import { resolve } from "@std/path";

/** What a run that ended left behind. */
export interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Absolute path of the executable, or undefined when NSQD_BIN is not set. */
export function executablePath(): string | undefined {
  const path = Deno.env.get("NSQD_BIN");
  return path === undefined || path === "" ? undefined : resolve(path);
}

/** Registers a test that needs the executable; without one it is skipped and its name says why. */
export function executableTest(name: string, test: (path: string) => Promise<void>): void {
  const path = executablePath();
  if (path === undefined) {
    Deno.test.ignore(`${name} (skipped: NSQD_BIN names no executable)`, () => {});
  } else {
    Deno.test(name, () => withinTestMs(() => test(path)));
  }
}

const testMsMax = 60_000;
const running = new Set<Deno.ChildProcess>();

/** Spawns a process that a test which takes too long kills, so that whoever waits for it goes on. */
function spawn(command: Deno.Command): Deno.ChildProcess {
  const child = command.spawn();
  running.add(child);
  child.status.then(() => running.delete(child));
  return child;
}

async function withinTestMs(test: () => Promise<void>): Promise<void> {
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    for (const child of running) child.kill("SIGKILL");
  }, testMsMax);
  try {
    await test();
  } catch (error) {
    if (!isOver) throw error;
    throw new Error(`The test took longer than ${testMsMax} ms`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a program to its end with the given words and standard input. */
export async function runToEnd(path: string, words: string[], input = ""): Promise<Ended> {
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = spawn(new Deno.Command(path, { args: words, ...streams }));
  const ended = child.output();
  try {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch (error) {
    // A program that refuses its flags may end before it reads; its exit code is what is asked for.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  const { code, stdout, stderr } = await ended;
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

/** A temporary folder that disappears with its scope. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "nsqd-binary-" });

  /** Removes the folder and everything in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A broker process that is running; killed with its scope if the test did not end it. */
export class RunningBroker implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #log = "";
  #onLog: () => void = () => {};
  #hasEnded = false;

  /** Where it listens, `host:port`, as its log says. */
  tcpAddress = "";
  /** Where its HTTP API listens, `host:port`, as its log says. */
  httpAddress = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#readLog();
  }

  /** Starts a broker and waits until it says where it listens. Throws with its log when it ends. */
  static async start(path: string, flags: string[]): Promise<RunningBroker> {
    const command = new Deno.Command(path, { args: flags, stdout: "null", stderr: "piped" });
    const broker = new RunningBroker(spawn(command));
    try {
      broker.tcpAddress = await broker.logged(/ TCP: listening on (\S+)/);
      broker.httpAddress = await broker.logged(/ HTTP: listening on (\S+)/);
      return broker;
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a broker on free ports with this data path. */
  static startOn(path: string, dataPath: string, flags: string[] = []): Promise<RunningBroker> {
    const addresses = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
    return RunningBroker.start(path, [`--data-path=${dataPath}`, ...addresses, ...flags]);
  }

  /** Everything it has logged so far. */
  get log(): string {
    return this.#log;
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The first group of the first log line that matches. Throws when the process ends before. */
  async logged(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#log);
      if (match !== null) return match[1] ?? match[0];
      if (this.#hasEnded) throw new Error(`The broker ended without ${pattern}:\n${this.#log}`);
      await new Promise<void>((resolve) => this.#onLog = resolve);
    }
  }

  /** Sends a signal and waits for the end. */
  async end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    this.#child.kill(signal);
    const status = await this.#child.status;
    await this.#reading;
    return status;
  }

  /** The answer to a request of the HTTP API, body read. Throws unless the status is 200. */
  async http(method: string, path: string, body: string | null = null): Promise<string> {
    const response = await fetch(`http://${this.httpAddress}${path}`, { method, body });
    const text = await response.text();
    if (response.status === 200) return text;
    throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  }

  /** Kills what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
  }

  async #readLog(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#log += text;
      this.#onLog();
    }
    this.#hasEnded = true;
    this.#onLog();
  }
}
