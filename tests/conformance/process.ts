/**
 * A child process with its output kept: started, watched, ended by its own id.
 *
 * Knows nothing of NSQ. Every process started here is remembered until it has ended, so that
 * `killAll` leaves none behind when a run is given up.
 */
import { settleWithin, TOO_LATE } from "./deadline.ts";

const KEPT_CHARACTERS_MAX = 200_000;

const running = new Set<ChildProcess>();

/** A running or ended child process. */
export class ChildProcess {
  readonly #child: Deno.ChildProcess;
  readonly #outputs: Promise<unknown>;
  #exitCode: number | null = null;
  /** What it printed to standard output. */
  stdout = "";
  /** What it printed to standard output and standard error, as it came. */
  output = "";

  /** Starts the command in that folder; throws Deno's error if there is no such program. */
  constructor([program = "", ...args]: readonly string[], folder: string) {
    this.#child = new Deno.Command(program, {
      args,
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    running.add(this);
    this.#outputs = Promise.all([
      this.#collect(this.#child.stdout, true),
      this.#collect(this.#child.stderr, false),
      this.#child.status.then((status) => {
        this.#exitCode = status.code;
        running.delete(this);
      }),
    ]);
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>, isStdout: boolean) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      if (isStdout) this.stdout = (this.stdout + text).slice(-KEPT_CHARACTERS_MAX);
      this.output = (this.output + text).slice(-KEPT_CHARACTERS_MAX);
    }
  }

  /** Its exit code, or null while it runs; 128 and more stand for a signal. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  /** Sends a signal; does nothing if it has ended. */
  signal(signal: Deno.Signal): void {
    try {
      if (this.#exitCode === null) this.#child.kill(signal);
    } catch {
      // it has ended in this moment
    }
  }

  /** Waits for its end and its last output: the exit code, or null after `waitMs` milliseconds. */
  async ended(waitMs: number): Promise<number | null> {
    return await settleWithin(this.#outputs, waitMs) === TOO_LATE ? null : this.#exitCode;
  }

  /** Ends it at once and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#outputs;
  }
}

/** Ends every process that is still running. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((process) => process.kill()));
}
