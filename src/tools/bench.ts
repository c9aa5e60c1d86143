/**
 * `nsqd bench`: measures an nsqd, and others beside it, with load clients that are processes of their
 * own: this program, started again with `bench --client`. What is measured and how is in src/bench.
 * Invariant: every process started here has ended when `runBench` returns.
 */
import { type Address, benchHelp, type BenchRequest, benchRequest } from "../bench/command_line.ts";
import { runLoadClient } from "../bench/load_client.ts";
import type { SelfCommand } from "../bench/load_process.ts";
import { jsonReport, tableText } from "../bench/report.ts";
import { runRounds, type TargetSource } from "../bench/rounds.ts";
import { type ServerCommand, startServer } from "../bench/started_server.ts";
import { checkTarget, type Target } from "../bench/target.ts";

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
  if (request.target === null) sources.unshift(startedSource(request.serverFlags));
  const { isTerminal, show, clear } = progress();
  const outcome = await runRounds({
    scenarios: request.scenarios,
    sources,
    typed: request.settings,
    self: selfCommand("bench"),
    onProgress: isTerminal ? show : () => {},
  }).finally(clear);
  const text = request.isJson
    ? JSON.stringify({ ...machine(), ...jsonReport(outcome) }, null, 2) + "\n"
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
  return { name: target.name, open };
}

/** Our own server, a fresh one for each scenario, so that none pays for the one before. */
function startedSource(flags: readonly string[]): TargetSource {
  const command: ServerCommand = { ...selfCommand("nsqd"), flags };
  return {
    name: "nsqd",
    async open() {
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
  return { path, args: ["run", ...flags, Deno.mainModule, ...words] };
}

function machine() {
  return {
    cores: navigator.hardwareConcurrency,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

/** A line on standard error that is written over, where a person looks on. */
function progress() {
  const isTerminal = Deno.stderr.isTerminal();
  const wipe = "\r\x1b[2K";
  return {
    isTerminal,
    show: (line: string) => write(Deno.stderr, wipe + line),
    clear: () => write(Deno.stderr, isTerminal ? wipe : ""),
  };
}

function complain(error: unknown): void {
  write(Deno.stderr, `bench: ${error instanceof Error ? error.message : error}\n`);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  while (at < bytes.length) at += stream.writeSync(bytes.subarray(at));
}
