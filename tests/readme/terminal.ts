// A terminal as the README describes it: a broker is running, `nsqd` is a command, and what one types prints what the
// README says. Ports are free ones; commands are rewritten to find them.
// Invariant: when it is disposed of, the broker has ended and the folder is gone.

import { daemonCommand, DaemonProcess, FREE_PORTS } from "../daemons/daemon_process.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
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

/** A running broker, and a shell beside it. */
export class Terminal implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #broker: DaemonProcess;

  private constructor(folder: TemporaryFolder, broker: DaemonProcess) {
    this.#folder = folder;
    this.#broker = broker;
  }

  /** Starts the broker and makes the command. */
  static async open(): Promise<Terminal> {
    const folder = new TemporaryFolder();
    const command =
      `#!/bin/sh\nexec "${Deno.execPath()}" run -A "${repositoryFolder}/mod.ts" "$@"\n`;
    await Deno.writeTextFile(`${folder.path}/nsqd`, command, { mode: 0o755 });
    const words = [`${folder.path}/nsqd`, `--data-path=${folder.path}`, ...FREE_PORTS];
    const broker = new DaemonProcess(daemonCommand(words).spawn());
    await broker.listening();
    return new Terminal(folder, broker);
  }

  /** A text in which the README's ports are replaced by the broker's. */
  rewritten(text: string): string {
    const { tcpPort, httpPort } = this.#broker;
    return text.replaceAll(`:${TCP_PORT}`, `:${tcpPort}`)
      .replaceAll(`:${HTTP_PORT}`, `:${httpPort}`);
  }

  /** Runs a line as a shell would. */
  async type(line: string): Promise<Ended> {
    // nsq_pub finds a broker on the default port by itself; this one has another.
    const address = ` --nsqd-tcp-address=${this.#broker.tcpAddress}`;
    const script = this.rewritten(line).replaceAll("nsqd nsq_pub", `nsqd nsq_pub${address}`);
    const { code, stdout } = await new Deno.Command("sh", {
      args: ["-c", `exec 2>&1; ${script}`],
      cwd: this.#folder.path,
      signal: AbortSignal.timeout(TYPED_MS_MAX),
      env: { PATH: `${this.#folder.path}:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
    }).output();
    return { code, output: decoder.decode(stdout) };
  }

  /** Stops the broker and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    using _folder = this.#folder;
    await this.#broker.stop();
  }
}
