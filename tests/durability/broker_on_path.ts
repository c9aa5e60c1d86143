/**
 * A broker process on a data path that outlives it: NSQD_BIN or this checkout's mod.ts, on free ports. It is
 * stopped as an operator does or killed without a word, and started again on what it left.
 * Invariant: no process is left when its scope ends; it is asked by HTTP and knows no messages.
 */
import { fromFileUrl, resolve } from "@std/path";

const LINES_MAX = 200;
/** A stop that takes longer never ends. */
const STOP_MS_MAX = 20_000;

function program(): { path: string; words: string[] } {
  const binary = Deno.env.get("NSQD_BIN");
  if (binary) return { path: resolve(binary), words: [] };
  const rootPath = (name: string) => fromFileUrl(new URL(`../../${name}`, import.meta.url));
  const words = ["run", "-A", "--config", rootPath("deno.json"), rootPath("mod.ts")];
  return { path: Deno.execPath(), words };
}

/** A channel in /stats. */
export interface ChannelNumbers {
  channel_name: string;
  depth: number;
  backend_depth: number;
  in_flight_count: number;
  deferred_count: number;
  message_count: number;
  requeue_count: number;
  timeout_count: number;
  paused: boolean;
}

/** A topic in /stats. */
export interface TopicNumbers {
  topic_name: string;
  depth: number;
  backend_depth: number;
  message_count: number;
  message_bytes: number;
  paused: boolean;
  channels: ChannelNumbers[];
}

/** A running broker. */
export class BrokerOnPath implements AsyncDisposable {
  /** Where it listens, as its log says. */
  tcpPort = 0;
  httpPort = 0;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #lines: string[] = [];
  #onLine = () => {};
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#readLog();
  }

  /** Starts a broker on `dataPath` without waiting for it. */
  static spawn(dataPath: string, flags: readonly string[]): BrokerOnPath {
    const { path, words } = program();
    const own = [
      `--data-path=${dataPath}`,
      "--tcp-address=127.0.0.1:0",
      "--http-address=127.0.0.1:0",
    ];
    const args = [...words, ...own, ...flags];
    const command = new Deno.Command(path, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    });
    return new BrokerOnPath(command.spawn());
  }

  /** Starts a broker and waits until it listens. Throws with its log when it ends before. */
  static async start(dataPath: string, flags: readonly string[]): Promise<BrokerOnPath> {
    const broker = BrokerOnPath.spawn(dataPath, flags);
    try {
      await broker.#listening();
      return broker;
    } catch (error) {
      await broker.kill();
      throw error;
    }
  }

  async #listening(): Promise<void> {
    while (this.tcpPort === 0 || this.httpPort === 0) {
      if (this.#hasEnded) throw new Error(`The broker ended:\n${this.#lines.join("\n")}`);
      await new Promise<void>((resolve) => this.#onLine = resolve);
    }
  }

  /** The latest lines of its log. */
  get latestLines(): readonly string[] {
    return this.#lines;
  }

  /** GET, the body as text. Throws unless the status is 200. */
  get(path: string): Promise<string> {
    return this.#request("GET", path, null);
  }

  /** POST, the body of the answer as text. Throws unless the status is 200. */
  post(path: string, body: BodyInit | null = null): Promise<string> {
    return this.#request("POST", path, body);
  }

  /** What /ping says, whatever its status. */
  async health(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.httpPort}/ping`)).text();
  }

  async #request(method: string, path: string, body: BodyInit | null): Promise<string> {
    const url = `http://127.0.0.1:${this.httpPort}${path}`;
    const response = await fetch(url, { method, body, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (response.status === 200) return text;
    throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  }

  /** What /stats says of all topics. */
  async stats(): Promise<TopicNumbers[]> {
    return JSON.parse(await this.get("/stats?format=json")).topics;
  }

  /** What /stats says of one topic; throws when there is none. */
  async topic(name: string): Promise<TopicNumbers> {
    const found = (await this.stats()).find(({ topic_name }) => topic_name === name);
    if (found === undefined) throw new Error(`There is no topic ${name}.`);
    return found;
  }

  /** What /stats says of one channel; throws when there is none. */
  async channel(topic: string, name: string): Promise<ChannelNumbers> {
    const { channels } = await this.topic(topic);
    const found = channels.find(({ channel_name }) => channel_name === name);
    if (found === undefined) throw new Error(`Topic ${topic} has no channel ${name}.`);
    return found;
  }

  /** Ends it as an operator does, and gives the exit code. Throws with its log when it does not end. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    let isStuck = false;
    const timer = setTimeout(() => {
      isStuck = true;
      this.#child.kill("SIGKILL");
    }, STOP_MS_MAX);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    if (isStuck) throw new Error(`The broker does not stop:\n${this.#lines.join("\n")}`);
    return code;
  }

  /** Kills it with no chance to do anything; harmless when it has ended. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#reading;
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
      for (const line of lines) this.#takeLine(line);
      this.#onLine();
    }
    this.#hasEnded = true;
    this.#onLine();
  }

  #takeLine(line: string): void {
    if (this.#lines.push(line) > 2 * LINES_MAX) this.#lines.splice(0, LINES_MAX);
    if (this.tcpPort === 0) this.tcpPort = portIn(line, "TCP");
    if (this.httpPort === 0) this.httpPort = portIn(line, "HTTP");
  }
}

function portIn(line: string, server: string): number {
  return Number(new RegExp(` ${server}: listening on .*:(\\d+)$`).exec(line)?.[1] ?? 0);
}
