/**
 * One daemon for the many cases that neither change it nor look at it as a whole.
 *
 * Knows which cases those are. A case that borrows the daemon may leave topics, channels and
 * undelivered messages behind; so no such case may receive messages or look at totals.
 */
import { Daemon } from "./daemon.ts";
import { freePort, returnPorts } from "../daemons/ports.ts";
import { type Case, isStep, type Json, type RecordedStep, type StepOf } from "./vectors.ts";

const CONNECTION_STEPS: ReadonlySet<string> = new Set([
  "connect",
  "send",
  "recv",
  "quiet",
  "expect_close",
  "shutdown_write",
  "close",
]);

/** Refusals that do not depend on which topics and channels there are; 404 does. */
const REFUSED_STATUSES: ReadonlySet<Json> = new Set([400, 405, 413]);

/** Whether the case may run on a daemon that other cases use at the same time. */
export function mayShareDaemon(recorded: Case): boolean {
  const [start, ...rest] = recorded.steps;
  const alive = rest.pop();
  return start !== undefined && isPlainStart(start) && alive?.op === "alive" &&
    JSON.stringify(alive.expect) === '{"nsqd":true}' && rest.every(isHarmless);
}

function isPlainStart(step: RecordedStep): boolean {
  return isStep(step, "start") && step.kind === "nsqd" && step.flags.length === 0 &&
    step.files === undefined && step.addresses === undefined && step.expect === "ready";
}

function isHarmless(step: RecordedStep): boolean {
  if (isStep(step, "http")) return isHarmlessRequest(step);
  if (isStep(step, "send") && step.data.some((part) => "text" in part && /RDY/.test(part.text))) {
    return false; // messages of other cases would come
  }
  return CONNECTION_STEPS.has(step.op) && !isMessage(step.expect);
}

/** Requests that are refused for what they say, and those whose effects none of these cases sees. */
function isHarmlessRequest(step: StepOf<"http">): boolean {
  if (step.target.startsWith("/config") || step.unix_socket !== undefined) return false;
  const status = statusOf(step.expect);
  if (REFUSED_STATUSES.has(status)) return true;
  return status === 200 && /^\/(ping|info|pub\?.*|mpub\?.*)$/.test(step.target);
}

function statusOf(expect: Json): Json {
  const isReply = expect !== null && typeof expect === "object" && !Array.isArray(expect);
  return isReply ? expect["status"] ?? null : null;
}

function isMessage(expect: Json): boolean {
  return expect !== null && typeof expect === "object" && "message" in expect;
}

/** Starts the daemon when it is first needed, and again should a case have brought it down. */
export class SharedDaemon {
  #daemon: Promise<Daemon> | null = null;
  readonly #folder = Deno.makeTempDirSync({ prefix: "nsqd-conformance-shared-" });
  readonly #ports: number[] = [];

  /** The running daemon; throws if it cannot be started. */
  async borrow(): Promise<Daemon> {
    const before = this.#daemon;
    if (before !== null && (await before).isAlive) return await before;
    // Several cases may find it dead at once: only the first starts another one.
    if (this.#daemon === before) this.#daemon = this.#start();
    return await this.borrow();
  }

  async #start(): Promise<Daemon> {
    const dataPath = Deno.makeTempDirSync({ dir: this.#folder });
    const daemon = new Daemon("nsqd", this.#folder, dataPath);
    for (const use of ["tcp", "http", "https"] as const) {
      const port = freePort();
      this.#ports.push(port);
      daemon.ports.set(use, port);
    }
    const outcome = await daemon.start([]);
    if (outcome === "ready") return daemon;
    throw new Error(`The shared nsqd does not start: ${JSON.stringify(outcome)}\n${daemon.output}`);
  }

  /** Ends the daemon and removes what it wrote. */
  async close(): Promise<void> {
    const daemon = await this.#daemon?.catch(() => null);
    await daemon?.kill();
    returnPorts(this.#ports);
    await Deno.remove(this.#folder, { recursive: true });
  }
}
