// A terminal as the README describes it: a broker is running, `nsqd` is a command, and what one types prints what the
// README says. Ports are free ones; commands are rewritten to find them.
// Invariant: when it is disposed of, the broker has ended and the folder is gone.

import { repositoryFolder } from "./documents.ts";

const TCP_PORT = "4150";
const HTTP_PORT = "4151";
/** A command that waits for ever fails its test instead. */
const TYPED_MS_MAX = 30_000;
const decoder = new TextDecoder();

/** What a command printed, both streams together, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** The ports the broker really has. */
interface Ports {
  readonly tcp: string;
  readonly http: string;
}

/** A running broker, and a shell beside it. */
export class Terminal implements AsyncDisposable {
  readonly #folder: string;
  readonly #broker: Deno.ChildProcess;
  readonly #ports: Ports;
  readonly #log: Promise<void>;

  private constructor(
    folder: string,
    broker: Deno.ChildProcess,
    ports: Ports,
    log: Promise<void>,
  ) {
    this.#folder = folder;
    this.#broker = broker;
    this.#ports = ports;
    this.#log = log;
  }

  /** Starts the broker and makes the command. */
  static async open(): Promise<Terminal> {
    const folder = await Deno.makeTempDir({ prefix: "nsqd-readme-" });
    const command =
      `#!/bin/sh\nexec "${Deno.execPath()}" run -A "${repositoryFolder}/mod.ts" "$@"\n`;
    await Deno.writeTextFile(`${folder}/nsqd`, command, { mode: 0o755 });
    const flags = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
    const broker = new Deno.Command(`${folder}/nsqd`, {
      args: [`--data-path=${folder}`, ...flags],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<Ports>();
    const log = readLog(broker.stderr.pipeThrough(new TextDecoderStream()), resolve)
      .then((text) => reject(new Error(`The broker ended:\n${text}`)));
    return new Terminal(folder, broker, await promise, log);
  }

  /** A text in which the README's ports are replaced by the broker's. */
  rewritten(text: string): string {
    const { tcp, http } = this.#ports;
    return text.replaceAll(`:${TCP_PORT}`, `:${tcp}`).replaceAll(`:${HTTP_PORT}`, `:${http}`);
  }

  /** Runs a line as a shell would. */
  async type(line: string): Promise<Ended> {
    // nsq_pub finds a broker on the default port by itself; this one has another.
    const address = ` --nsqd-tcp-address=127.0.0.1:${this.#ports.tcp}`;
    const script = this.rewritten(line).replaceAll("nsqd nsq_pub", `nsqd nsq_pub${address}`);
    const { code, stdout } = await new Deno.Command("sh", {
      args: ["-c", `exec 2>&1; ${script}`],
      cwd: this.#folder,
      signal: AbortSignal.timeout(TYPED_MS_MAX),
      env: { PATH: `${this.#folder}:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
    }).output();
    return { code, output: decoder.decode(stdout) };
  }

  /** Stops the broker and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#broker.kill("SIGTERM");
    await this.#broker.status;
    await this.#log;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Reads to the end, so that the broker never waits, and says the ports as soon as they are known. */
async function readLog(
  log: ReadableStream<string>,
  onPorts: (ports: Ports) => void,
): Promise<string> {
  let text = "";
  for await (const piece of log) {
    text += piece;
    const tcp = / TCP: listening on \S+:(\d+)/.exec(text)?.[1];
    const http = / HTTP: listening on \S+:(\d+)/.exec(text)?.[1];
    if (tcp !== undefined && http !== undefined) onPorts({ tcp, http });
  }
  return text;
}
