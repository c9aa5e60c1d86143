/**
 * The broker under test, with a data path of its own. Its memory is asked of /proc; it knows no messages.
 * Invariant: process and data path are gone when its scope ends; a stack trace in its log fails the test.
 */
import { DaemonProcess, FAULT_LINE, FREE_PORTS, spawnDaemon } from "../daemons/daemon_process.ts";

/** Lines that are kept for the report of a failure. */
const LINES_MAX = 200;
const MIB = 1024 * 1024;
const EXERCISE_TOPIC = "exercise";
const EXERCISE_STEPS = 12;
const STEP_MESSAGES = 5;
const EXERCISE_BYTES = 512 * 1024;

/** Memory of the broker. */
export interface Memory {
  /** What the process has, by the system's account. */
  readonly rssBytes: number;
  /** What its objects and buffers take, those nobody needs any more included until V8 collects them. */
  readonly heapBytes: number;
}

/** A running broker. */
export class BrokerProcess extends DaemonProcess {
  readonly #dataPath: string;
  readonly #faults: string[] = [];
  readonly #warnings: string[] = [];
  #lastLine = "";

  private constructor(child: Deno.ChildProcess, dataPath: string) {
    super(child);
    this.#dataPath = dataPath;
  }

  /** Starts a broker and waits until it listens. Throws with its log when it ends before. */
  static async start(flags: readonly string[] = []): Promise<BrokerProcess> {
    const dataPath = await Deno.makeTempDir({ prefix: "nsqd-soak-" });
    const child = spawnDaemon([`--data-path=${dataPath}`, ...FREE_PORTS, ...flags]);
    const broker = new BrokerProcess(child, dataPath);
    await broker.listening();
    return broker;
  }

  /** What its log says of faults of its own; there must be nothing. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Whom it gave up, and what it calls an error: what a failed test is to be read with. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * The memory it has when it has nothing to do: looks until it is `enough`, `roundsMax` times at most, and
   * gives the least it saw. Meanwhile it is given messages that are thrown away again, always the same work:
   * it fills what V8 keeps in reserve and is enough to make it collect. The heap is looked at many times a
   * round: buffers nobody needs grow to 64 MiB until V8 collects them, and little is left only just then.
   */
  async idleMemory(enough: Memory, roundsMax = 20): Promise<Memory> {
    const least = { rssBytes: Infinity, heapBytes: Infinity };
    const isEnough = () => least.rssBytes <= enough.rssBytes && least.heapBytes <= enough.heapBytes;
    for (let round = 0; round < roundsMax && !isEnough(); round++) {
      for (let step = 0; step < EXERCISE_STEPS; step++) {
        await this.#exercise();
        least.heapBytes = Math.min(least.heapBytes, await this.#heapBytes());
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
      least.rssBytes = Math.min(least.rssBytes, this.rssBytes());
    }
    return least;
  }

  async #exercise(): Promise<void> {
    for (let message = 0; message < STEP_MESSAGES; message++) {
      await this.post(`/pub?topic=${EXERCISE_TOPIC}`, new Uint8Array(EXERCISE_BYTES));
    }
    await this.post(`/topic/delete?topic=${EXERCISE_TOPIC}`);
  }

  async #heapBytes(): Promise<number> {
    const { memory } = JSON.parse(await this.get("/stats?format=json&topic=none"));
    return memory.heap_in_use_bytes;
  }

  /** Kills what still runs and removes the data. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await Deno.remove(this.#dataPath, { recursive: true });
  }

  protected override takeLine(line: string): void {
    super.takeLine(line);
    if (FAULT_LINE.test(line) && this.#faults.length < LINES_MAX) {
      this.#faults.push(this.#lastLine, line);
    }
    this.#lastLine = line;
    const isWarning = line.endsWith(": timed out") || line.includes("WARNING") ||
      line.includes("FATAL");
    if (isWarning && this.#warnings.length < LINES_MAX) this.#warnings.push(line);
  }
}

/** Bytes as people read them. */
export function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
