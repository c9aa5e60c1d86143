/**
 * A tool as a process of its own, for what happens only between processes: signals, kills, exit codes. Invariant: no process is left when its scope ends.
 */
import { programUnderTest } from "../daemons/daemon_process.ts";
import { seen } from "../daemons/waiting.ts";

/** What a tool that ended left behind. */
export interface ToolEnd {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** A running tool. */
export class ToolProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #output = "";
  #errors = "";

  /** Starts it with `input` as its standard input, and with what is added to the environment. */
  constructor(words: readonly string[], input = "", env: Record<string, string> = {}) {
    const { path, words: before } = programUnderTest();
    this.#child = new Deno.Command(path, {
      args: [...before, ...words],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      forEachText(this.#child.stdout, (text) => this.#output += text),
      forEachText(this.#child.stderr, (text) => this.#errors += text),
    ]);
    void this.#feed(input);
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until its errors contain a text. */
  async said(text: string): Promise<void> {
    await seen(() => this.#errors, (errors) => errors.includes(text));
  }

  /** Waits for its end, after a signal when one is given. */
  async end(signal?: Deno.Signal): Promise<ToolEnd> {
    if (signal) this.#child.kill(signal);
    const { code } = await this.#child.status;
    await this.#reading;
    return { code, output: this.#output, errors: this.#errors };
  }

  /** Kills what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.end();
  }

  async #feed(input: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    // It may end without reading.
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
  }
}

async function forEachText(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  action: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) action(text);
}
