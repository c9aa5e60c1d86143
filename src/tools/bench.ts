/**
 * `nsqd bench`: measures an nsqd, and others beside it, with load clients that are processes of their
 * own: this program, started again with `bench --client`. What is measured and how is in src/bench.
 * Invariant: every process started here has ended when `runBench` returns.
 */
import { reasonOf } from "../base/system_error.ts";
import { type Address, benchHelp, type BenchRequest, benchRequest } from "../bench/command_line.ts";
import { runLoadClient } from "../bench/load_client.ts";
import type { SelfCommand } from "../bench/load_process.ts";
import { jsonReport, tableText } from "../bench/report.ts";
import { type BenchProgress, runRounds, type TargetSource } from "../bench/rounds.ts";
import { type ServerCommand, startServer } from "../bench/started_server.ts";
import { checkTarget, type Target } from "../bench/target.ts";
import { durationText } from "./figure_text.ts";

/**
 * Runs `bench` with the words behind its name; returns the exit code: 0, 1 where a scenario failed, 2
 * for flags that make no sense.
 */
export async function runBench(argv: string[]): Promise<number> {
  const [first, task] = argv;
  if (first === "--client" && task !== undefined) return await runLoadClient(task);
  const request = understood(argv);
  if (request === null) return 2;
  if (request.isHelp) {
    write(Deno.stdout, benchHelp());
    return 0;
  }
  try {
    return await measure(request);
  } catch (error) {
    complain(error);
    return 1;
  }
}

async function measure(request: BenchRequest): Promise<number> {
  const running = [...(request.target === null ? [] : [request.target]), ...request.peers]
    .map(runningTarget);
  for (const target of running) await checkTarget(target);
  const sources = running.map(runningSource);
  if (request.target === null) sources.unshift(startedSource(request));
  const line = new BenchLine();
  const outcome = await runRounds({
    scenarios: request.scenarios,
    sources,
    typed: request.settings,
    variation: request.variation,
    layers: request.layers,
    self: selfCommand("bench"),
    onProgress: (progress) => line.show(progress),
  }).finally(() => line.clear());
  const { settings, layers, serverFlags } = request;
  const asked = { settings, layers, serverFlags };
  const text = request.isJson
    ? JSON.stringify({ ...machine(), ...asked, ...jsonReport(outcome) }, null, 2) + "\n"
    : tableText(outcome);
  write(Deno.stdout, text);
  return outcome.hasFailed ? 1 : 0;
}

function understood(argv: readonly string[]): BenchRequest | null {
  try {
    return benchRequest(argv);
  } catch (error) {
    complain(error);
    return null;
  }
}

function runningTarget({ hostname, tcpPort, httpPort, pid }: Address): Target {
  return { name: `${hostname}:${tcpPort}`, hostname, tcpPort, httpPort, pid };
}

function runningSource(target: Target): TargetSource {
  const open = () => Promise.resolve({ target, close: () => Promise.resolve() });
  return { name: target.name, isRunning: true, open };
}

/** Our own server, a fresh one for each scenario, so that none pays for the one before. */
/** As the task `nsqd` and the executable have them. */
const V8_FLAGS = "--v8-flags=--max-semi-space-size=8,--no-parallel-scavenge";

function startedSource({ layers, serverFlags }: BenchRequest): TargetSource {
  return {
    name: "nsqd",
    isRunning: false,
    async open(scenarioFlags) {
      const flags = [...scenarioFlags, ...serverFlags];
      const command: ServerCommand = { ...selfCommand("nsqd"), isTls: layers.tls, flags };
      const server = await startServer(command);
      return { target: server.target, close: server.stop };
    },
  };
}

/** How this program is started again: itself where compiled, else by Deno from its main module. */
function selfCommand(program: "bench" | "nsqd"): SelfCommand {
  const words = program === "nsqd" ? [] : [program];
  const path = Deno.execPath();
  if (Deno.build.standalone) return { path, args: words };
  // Where no deno.json is near, nsqd's second thread needs to be allowed by a flag.
  const flags = ["--quiet", "-A", "--no-prompt", "--unstable-worker-options"];
  return { path, args: ["run", ...flags, V8_FLAGS, Deno.mainModule, ...words] };
}

function machine() {
  return {
    cores: navigator.hardwareConcurrency,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

const REFRESH_MS = 200;
const BAR_CHARACTERS = 20;
const WIPE = "\r\x1b[2K";

/** A line on standard error that is written over, where a person looks on; nothing elsewhere. */
class BenchLine {
  readonly #isTerminal = Deno.stderr.isTerminal();
  readonly #startedMs = performance.now();
  #progress: BenchProgress | null = null;
  #sinceMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Shows what is measured from now on, and for how long. */
  show(progress: BenchProgress): void {
    if (!this.#isTerminal) return;
    this.#progress = progress;
    this.#sinceMs = performance.now();
    this.#timer ??= setInterval(() => this.#write(), REFRESH_MS);
    this.#write();
  }

  /** Takes the line away. */
  clear(): void {
    clearInterval(this.#timer);
    if (this.#isTerminal) write(Deno.stderr, WIPE);
  }

  #write(): void {
    if (this.#progress === null) return;
    const { done, all, text } = this.#progress;
    const bar = "#".repeat(Math.floor(done / all * BAR_CHARACTERS)).padEnd(BAR_CHARACTERS, "-");
    const nowMs = performance.now();
    const seconds = Math.floor((nowMs - this.#sinceMs) / 1000);
    const line = `[${bar}] ${durationText(nowMs - this.#startedMs)}  ${text}  ${seconds} s`;
    // A line that wraps could not be wiped.
    write(Deno.stderr, WIPE + line.slice(0, columns() - 1));
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80;
  }
}

function complain(error: unknown): void {
  write(Deno.stderr, `bench: ${reasonOf(error)}\n`);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  while (at < bytes.length) at += stream.writeSync(bytes.subarray(at));
}
