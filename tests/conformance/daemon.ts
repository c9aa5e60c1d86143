/**
 * An nsqd, nsqlookupd or nsqadmin under test: its command line, its ports, its data path, and whether it answers.
 *
 * Knows how a daemon is started and ended, and nothing of what a case then says to it.
 */
import { addressOf } from "./case_names.ts";
import { openSocket, type Target } from "./connection.ts";
import { Deadline, pause } from "./deadline.ts";
import { exchange } from "./http_exchange.ts";
import { ChildProcess } from "./process.ts";
import type { DaemonKind, Json } from "./vectors.ts";

const START_WAIT_MS = 20_000;
const STOP_WAIT_MS = 15_000;
const PING = new TextEncoder().encode(
  "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
);
const REPOSITORY = new URL("../../", import.meta.url).pathname;

/** The addresses a daemon can be given, by the flag that sets each. */
const ADDRESS_FLAGS = { tcp: "tcp-address", http: "http-address", https: "https-address" } as const;

/** What a port of a daemon serves. */
export type PortUse = keyof typeof ADDRESS_FLAGS;

/**
 * The program under test: the words of NSQD_BIN, or this repository's. Relative paths in
 * NSQD_BIN are taken from the current folder, because daemons run in folders of their own.
 */
export function daemonCommand(): string[] {
  const given = Deno.env.get("NSQD_BIN");
  if (given === undefined || given.trim() === "") {
    return [
      Deno.execPath(),
      "run",
      "-A",
      "--config",
      `${REPOSITORY}deno.json`,
      `${REPOSITORY}mod.ts`,
    ];
  }
  return given.trim().split(/\s+/).map((word) =>
    isRelativePath(word) ? `${Deno.cwd()}/${word}` : word
  );
}

/** The words that start a daemon of that kind; NSQ_PEER_BIN names a folder with upstream's, for recording. */
function commandOf(kind: DaemonKind): string[] {
  const peers = Deno.env.get("NSQ_PEER_BIN");
  if (peers !== undefined) return [`${peers}/${kind}`];
  return kind === "nsqd" ? daemonCommand() : [...daemonCommand(), kind];
}

function isRelativePath(word: string): boolean {
  if (word.startsWith("/") || word.startsWith("-")) return false;
  try {
    return Deno.statSync(word).isFile;
  } catch {
    return false;
  }
}

/** One daemon; it can be stopped and started again on the same ports and data path. */
export class Daemon {
  readonly name: string;
  readonly kind: DaemonKind;
  readonly dataPath: string;
  /** Its ports; empty if the case's flags say where it listens. */
  readonly ports = new Map<PortUse, number>();
  /** The paths of its unix sockets, if it has some. */
  readonly unixSockets = new Map<string, string>();
  readonly #folder: string;
  #process: ChildProcess | null = null;
  #earlierOutput = "";

  /** Runs in `folder`; `dataPath` must exist when it starts. */
  constructor(name: string, folder: string, dataPath: string, kind: DaemonKind = "nsqd") {
    this.name = name;
    this.kind = kind;
    this.#folder = folder;
    this.dataPath = dataPath;
  }

  /** Where it serves that use; throws if it has no such port. */
  target(use: PortUse): Target {
    const port = this.ports.get(use);
    if (port === undefined) throw new Error(`The daemon ${this.name} has no ${use} port.`);
    return { port };
  }

  /** Whether it was started and not stopped since by the case; it may have crashed. */
  get isStarted(): boolean {
    return this.#process !== null;
  }

  /** Whether its process exists. */
  get isAlive(): boolean {
    return this.#process !== null && this.#process.exitCode === null;
  }

  /** All it has printed since it was first started. */
  get output(): string {
    return this.#earlierOutput + (this.#process?.output ?? "");
  }

  /** The whole command line for those flags; an address given by a flag is left to it. */
  commandLine(flags: readonly string[]): string[] {
    const given = new Set(flags.map((flag) => flag.replace(/^-+/, "").split("=", 1)[0]));
    const added: string[] = [];
    for (const [use, port] of this.ports) {
      if (use === "https" && !given.has("tls-cert")) continue;
      if (!given.has(ADDRESS_FLAGS[use])) added.push(`--${ADDRESS_FLAGS[use]}=${addressOf(port)}`);
    }
    if (this.kind !== "nsqd") return [...commandOf(this.kind), ...added, ...flags];
    if (!given.has("data-path")) added.push(`--data-path=${this.dataPath}`);
    return [...commandOf(this.kind), ...added, ...flags];
  }

  /** Starts it and waits until it answers, or until it ends by itself. */
  async start(flags: readonly string[]): Promise<Json> {
    if (this.#process !== null) throw new Error(`The daemon ${this.name} is running already.`);
    this.#process = new ChildProcess(this.commandLine(flags), this.#folder);
    const deadline = new Deadline(START_WAIT_MS);
    for (let pauseMs = 5; !deadline.isOver; pauseMs = Math.min(pauseMs * 1.5, 50)) {
      if (this.#process.exitCode !== null) return await this.#forget(STOP_WAIT_MS);
      if (await this.#answers()) return "ready";
      await pause(pauseMs);
    }
    return "not ready";
  }

  async #answers(): Promise<boolean> {
    try {
      for (const path of this.unixSockets.values()) (await openSocket({ path })).close();
      if (this.ports.has("tcp")) (await openSocket(this.target("tcp"))).close();
      if (!this.ports.has("http")) return true;
      return (await exchange(this.target("http"), PING, { waitMs: 3000 })).length === 1;
    } catch {
      return false;
    }
  }

  /** Ends it by that signal; gives its exit code. */
  async stop(signal: Deno.Signal): Promise<Json> {
    if (this.#process === null) return "not running";
    if (signal === "SIGKILL") {
      await this.kill();
      return "killed";
    }
    this.#process.signal(signal);
    return await this.#forget(STOP_WAIT_MS);
  }

  /** Ends it at once, if it runs. */
  async kill(): Promise<void> {
    this.#process?.signal("SIGKILL");
    await this.#forget(STOP_WAIT_MS);
  }

  async #forget(waitMs: number): Promise<Json> {
    const process = this.#process;
    if (process === null) return "not running";
    const code = await process.ended(waitMs);
    if (code === null) await process.kill();
    this.#earlierOutput += process.output;
    this.#process = null;
    return code === null ? "did not exit" : { exit: code };
  }
}
