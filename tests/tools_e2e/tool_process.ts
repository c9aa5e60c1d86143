/**
 * A tool as a process of its own, for what happens only between processes: signals, kills, exit codes, keys on a terminal.
 * Invariant: no process is left when its scope ends.
 */
import { Arrivals, firstMatch } from "../daemons/arrivals.ts";
import { programUnderTest } from "../daemons/daemon_process.ts";

/** A tool that takes longer never ends. */
const END_MS_MAX = 60_000;

/** What a tool that ended left behind. */
export interface ToolEnd {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** What else a tool is started with. */
export interface ToolSurroundings {
  /** What is added to the environment. */
  readonly env?: Record<string, string>;
  /** The path, and the words before the tool's own; the program under test unless somebody says otherwise. */
  readonly command?: readonly string[];
}

function programCommand(): readonly string[] {
  const { path, words } = programUnderTest();
  return [path, ...words];
}

/** A running tool. */
export class ToolProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #output = "";
  #errors = "";
  readonly #arrivals = new Arrivals();

  /** Starts it with `input` as its standard input; null leaves that open, see `type`. */
  constructor(
    words: readonly string[],
    input: string | null = "",
    { env = {}, command = programCommand() }: ToolSurroundings = {},
  ) {
    const [path = "", ...args] = [...command, ...words];
    const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(path, { args, env, ...streams }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read();
    if (input !== null) void this.#feed(input);
  }

  /** Runs it on a terminal of its own, as a person would. */
  static onTerminal(words: readonly string[]): ToolProcess {
    const line = [...programCommand(), ...words].map((word) => `'${word}'`).join(" ");
    // `script` runs it through a shell. One that stayed between would die of Ctrl-C, and its exit code would count.
    const script = ["--quiet", "--return", "--command", `exec ${line}`, "/dev/null"];
    return new ToolProcess(script, null, { command: ["script"], env: { TERM: "xterm" } });
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output;
  }

  /** What it has written to its errors so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#arrivals.hasEnded;
  }

  /** Forgets what was written, so that only later output counts. */
  forget(): void {
    this.#output = "";
  }

  /** Presses keys, or writes on an input that was left open. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** The first group of the first match in its output, once there is one. Throws when it ends before, or takes too long. */
  printed(pattern: RegExp): Promise<string> {
    return this.#matched(() => this.#output, pattern);
  }

  /** The same of its errors. */
  said(pattern: RegExp): Promise<string> {
    return this.#matched(() => this.#errors, pattern);
  }

  #matched(text: () => string, pattern: RegExp): Promise<string> {
    const find = () => firstMatch(pattern, [text()]);
    return this.#arrivals.first(find, () => `${pattern}:\n${this.#output}${this.#errors}`);
  }

  /** Waits for its end, after a signal when one is given. Kills it and throws what it said when that takes a minute. */
  async end(signal?: Deno.Signal): Promise<ToolEnd> {
    if (signal) this.#child.kill(signal);
    let isStuck = false;
    const timer = setTimeout(() => {
      isStuck = true;
      this.#kill();
    }, END_MS_MAX);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    if (isStuck) throw new Error(`It does not end:\n${this.#output}${this.#errors}`);
    return { code, output: this.#output, errors: this.#errors };
  }

  /** Kills what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.end();
    await this.#input.close().catch(() => {});
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async #feed(input: string): Promise<void> {
    // It may end without reading.
    await this.type(input).catch(() => {});
    await this.#input.close().catch(() => {});
  }

  async #read(): Promise<void> {
    await Promise.all([
      this.#forEachText(this.#child.stdout, (text) => this.#output += text),
      this.#forEachText(this.#child.stderr, (text) => this.#errors += text),
    ]);
    this.#arrivals.end();
  }

  async #forEachText(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    take: (text: string) => void,
  ): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
      this.#arrivals.came();
    }
  }
}

/** Runs a tool to its end. */
export async function toolEnd(...words: string[]): Promise<ToolEnd> {
  await using tool = new ToolProcess(words);
  return await tool.end();
}
