/**
 * What each step does: one action a step name, giving the outcome that is compared.
 *
 * The one list of the steps that can be played; what is not here cannot be replayed. An action
 * throws only if the case makes no sense, never because the daemon misbehaves.
 */
import { FakeLookupd } from "../lookup/fake_lookupd.ts";
import { AuthServer } from "./auth_server.ts";
import type { CaseRun } from "./case_run.ts";
import { CONNECTION_ACTIONS } from "./connection_actions.ts";
import { Daemon } from "./daemon.ts";
import { Deadline, pause } from "./deadline.ts";
import { HTTP_ACTIONS } from "./http_actions.ts";
import { compareText, normaliseJson, normaliseVersionLines } from "./normalise.ts";
import { parseJson } from "./outcome.ts";
import { ChildProcess } from "./process.ts";
import { StatsdServer } from "./statsd_server.ts";
import type { StepAction } from "./step_action.ts";
import { bytesOf, type Json, type Part, type RecordedStep } from "./vectors.ts";
import type { StepName, StepOf } from "./vectors.ts";

const RUN_TO_EXIT_WAIT_MS = 10_000;
const LOG_WAIT_MS = 15_000;
/** Longer than an nsqd goes without a PING. */
const LOOKUPD_WAIT_MS = 20_000;
const STATSD_WAIT_MS = 20_000;
/** In the report of a channel that somebody consumes from. */
const A_CLIENT = /\.clients:[1-9]/;
const START_ATTEMPTS_MAX = 3;

/** The steps by which a case makes a daemon begin something. */
const SAYING_STEPS: ReadonlySet<string> = new Set(["start", "send", "http"] satisfies StepName[]);

/** The action of every playable step. */
export const STEP_ACTIONS: { readonly [Name in StepName]: StepAction<Name> } = {
  ...CONNECTION_ACTIONS,
  ...HTTP_ACTIONS,
  start: startDaemon,
  stop: (run, step) => run.daemon(step.daemon).stop(step.signal),
  run_to_exit: runToExit,
  reserve_port: (run, step) => {
    run.names.setPort(step.name, run.reservePort());
    return "reserved";
  },
  sleep: async (_, step) => {
    await pause(step.ms);
    return "done";
  },
  mark: (run) => {
    run.stopwatch.mark();
    return "done";
  },
  elapsed: (run, step) => {
    const { shortestS, longestS } = run.stopwatch.elapsed;
    const isWithin = longestS >= step.min_s && shortestS <= step.max_s;
    return isWithin ? "within" : `${shortestS.toFixed(2)} to ${longestS.toFixed(2)} s`;
  },
  nsqd_dat: (run, step) => readMetadata(run, run.daemon(step.daemon).dataPath),
  put_file: (run, step) => {
    writeFiles(run, run.daemon(step.daemon).dataPath, { [step.file]: step.content });
    return "done";
  },
  tmp_file: (run, step) => {
    Deno.writeTextFileSync(`${run.folder}/${step.file}`, run.names.fill(step.content));
    return "done";
  },
  break_disk: (run, step) => {
    const { dataPath } = run.daemon(step.daemon);
    Deno.renameSync(dataPath, `${dataPath}.away`);
    return "done";
  },
  mend_disk: (run, step) => {
    const { dataPath } = run.daemon(step.daemon);
    Deno.renameSync(`${dataPath}.away`, dataPath);
    return "done";
  },
  log_has: searchOutput,
  auth_server: (run, step) => {
    const server = new AuthServer(step.replies);
    run.authServers.set(step.name, server);
    run.names.set(`${step.name}.addr`, () => `127.0.0.1:${server.port}`);
    return "listening";
  },
  auth_requests: (run, step) => [...run.authServers.get(step.name)?.requests ?? []],
  statsd_server: async (run, step) => {
    const server = await StatsdServer.open();
    run.statsdServers.set(step.name, server);
    run.names.set(`${step.name}.addr`, () => server.address);
    return "listening";
  },
  statsd_lines: statsdLines,
  fake_lookupd: (run, step) => {
    const server = new FakeLookupd(step.identify_reply);
    run.lookupds.set(step.name, server);
    run.names.set(`${step.name}.addr`, () => server.address);
    return "listening";
  },
  fake_lookupd_log: heardByLookupd,
  alive: (run) => {
    const started = [...run.daemons].filter(([, daemon]) => daemon.isStarted);
    return Object.fromEntries(started.map(([name, daemon]) => [name, daemon.isAlive]));
  },
};

async function statsdLines(run: CaseRun, step: StepOf<"statsd_lines">): Promise<Json> {
  const server = run.statsdServers.get(step.name);
  const waitMs = STATSD_WAIT_MS * run.pace;
  const all = await server?.firstReport(step.until, A_CLIENT, waitMs) ?? [];
  const lines = step.without_memory_metrics ? all.filter((line) => !line.includes("mem.")) : all;
  const isOver = (server?.largestBytes ?? 0) > 508;
  return { lines: [...new Set(lines)].sort(), "largest packet over 508 bytes": isOver };
}

/** Plays a recorded step; throws if it is none of the playable ones. */
export async function playStep(run: CaseRun, step: RecordedStep): Promise<Json> {
  if (!isPlayable(step.op)) throw new Error(`The replayer cannot play the step ${step.op}.`);
  if (SAYING_STEPS.has(step.op)) run.stopwatch.said();
  const action = STEP_ACTIONS[step.op] as (run: CaseRun, step: RecordedStep) => Promise<Json>;
  return await action(run, step);
}

/** Whether there is an action for a step of that name. */
export function isPlayable(op: string): op is StepName {
  return Object.hasOwn(STEP_ACTIONS, op);
}

async function startDaemon(run: CaseRun, step: StepOf<"start">): Promise<Json> {
  if (run.shared !== null) {
    run.borrowDaemon(step.daemon, run.shared);
    return "ready";
  }
  const known = run.daemons.get(step.daemon);
  const daemon = known ?? run.addDaemon(step.daemon, step.kind);
  writeFiles(run, daemon.dataPath, step.files ?? {});
  for (const [use, name] of Object.entries(step.ports ?? {})) {
    if (use === "tcp" || use === "http") {
      daemon.ports.set(use, Number(run.names.fill(`\${${name}}`)));
    }
  }
  for (const [use, path] of Object.entries(step.unix_sockets ?? {})) {
    daemon.unixSockets.set(use, run.names.fill(path));
  }
  const picksPorts = known === undefined && step.addresses === undefined;
  const flags = step.flags.map((flag) => run.names.fill(flag));
  for (let attempt = 1;; attempt++) {
    if (picksPorts) run.assignPorts(daemon);
    const outcome = await daemon.start(flags);
    // Between finding a port and listening on it somebody else may have taken it.
    const isTaken = outcome !== "ready" && /address already in use|addrinuse/i.test(daemon.output);
    if (!picksPorts || !isTaken || attempt === START_ATTEMPTS_MAX) return outcome;
  }
}

async function runToExit(run: CaseRun, step: StepOf<"run_to_exit">): Promise<Json> {
  const dataPath = `${run.folder}/probe-data`;
  Deno.mkdirSync(dataPath, { recursive: true });
  const daemon = new Daemon("probe", run.folder, dataPath, step.kind);
  if (step.addresses === undefined) run.assignPorts(daemon);
  const flags = step.flags.map((flag) => run.names.fill(flag));
  const process = new ChildProcess(daemon.commandLine(flags), run.folder);
  const code = await process.ended(RUN_TO_EXIT_WAIT_MS);
  await process.kill();
  const exit = code ?? "still running";
  return step.compare_output ? { exit, stdout: normaliseVersionLines(process.stdout) } : { exit };
}

function writeFiles(run: CaseRun, folder: string, files: Record<string, Part[]>): void {
  for (const [name, content] of Object.entries(files)) {
    Deno.writeFileSync(`${folder}/${name}`, bytesOf(content, (text) => run.names.fill(text)));
  }
}

function readMetadata(run: CaseRun, folder: string): Json {
  const document = parseJson(Deno.readFileSync(`${folder}/nsqd.dat`));
  if (document === undefined) return "not JSON";
  return normaliseJson(sortByName(document), run.names);
}

/** Sorts the topics, and the channels within each, by name: a map's order is not defined. */
function sortByName(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(sortByName).toSorted((a, b) => compareText(nameOf(a), nameOf(b)));
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sortByName(item)]));
}

function nameOf(value: Json): string {
  const name = value !== null && typeof value === "object" && !Array.isArray(value) &&
    value["name"];
  return typeof name === "string" ? name : "";
}

/** A recorded case never sorts: the order is part of what was recorded. */
async function heardByLookupd(run: CaseRun, step: StepOf<"fake_lookupd_log">): Promise<Json> {
  const server = run.lookupds.get(step.name);
  if (server === undefined) throw new Error(`The case has no fake nsqlookupd ${step.name}.`);
  const entries = await server.take(step.count, LOOKUPD_WAIT_MS);
  const document: Json = JSON.parse(JSON.stringify(entries));
  return normaliseJson(document, run.names);
}

async function searchOutput(run: CaseRun, step: StepOf<"log_has">): Promise<Json> {
  const daemon = run.daemon(step.daemon);
  const deadline = new Deadline(LOG_WAIT_MS);
  while (true) {
    const output = daemon.output.toLowerCase();
    const found = step.words.map((word) =>
      [word, output.includes(run.names.fill(word).toLowerCase())] as const
    );
    if (found.every(([, isFound]) => isFound) || deadline.isOver) return Object.fromEntries(found);
    await pause(50);
  }
}
