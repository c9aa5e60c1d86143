// A program of ours as a process whose output is read while it runs: NSQD_BIN or this checkout's mod.ts, by itself or on
// a terminal that `script` makes. Invariant: no process is left when its scope ends.

import { programUnderTest } from "../daemons/daemon_process.ts";

/** The command line that runs our executable. */
export function programCommand(): string[] {
  const { path, words } = programUnderTest();
  return [path, ...words];
}

const WAIT_MS_MAX = 30_000;

/** A running program. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  #output = "";
  #errors = "";
  #onOutput = () => {};
  #hasEnded = false;

  /** @param command path and words */
  constructor(command: readonly string[]) {
    const [path = "", ...args] = command;
    const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(path, { args, ...streams, env: { TERM: "xterm" } }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    const output = this.#read(this.#child.stdout, (text) => this.#output += text);
    const errors = this.#read(this.#child.stderr, (text) => this.#errors += text);
    this.#reading = Promise.all([output, errors]).then(() => {
      this.#hasEnded = true;
      this.#onOutput();
    });
  }

  /** Runs it on a terminal of its own, as a person would; see `type`. */
  static onTerminal(words: readonly string[]): RunningProgram {
    const command = [...programCommand(), ...words].map((word) => `'${word}'`).join(" ");
    return new RunningProgram(["script", "--quiet", "--return", "--command", command, "/dev/null"]);
  }

  /** Everything it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Presses keys. */
  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** The first group of the first match in its output, once there is one. Throws when it ends before, or takes too long. */
  async printed(pattern: RegExp): Promise<string> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#onOutput();
    }, WAIT_MS_MAX);
    try {
      for (;;) {
        const match = pattern.exec(this.#output);
        if (match !== null) return match[1] ?? match[0];
        if (this.#hasEnded || isLate) {
          throw new Error(
            `${isLate ? "late" : "ended"} without ${pattern}:\n${this.#output}${this.#errors}`,
          );
        }
        await new Promise<void>((resolve) => this.#onOutput = resolve);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Forgets what was printed, so that only later output counts. */
  forget(): void {
    this.#output = "";
  }

  /** Waits for its end, after a signal if one is given; its exit code. */
  async end(signal?: Deno.Signal): Promise<number> {
    if (signal) this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), WAIT_MS_MAX);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    return code;
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
    await this.#keys.close().catch(() => {});
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, take: (text: string) => void) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      this.#onOutput();
    }
  }
}

/** Runs a tool to its end. */
export async function ended(...words: string[]): Promise<{ code: number; output: string }> {
  await using program = new RunningProgram([...programCommand(), ...words]);
  return { code: await program.end(), output: program.output };
}
