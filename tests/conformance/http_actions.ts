/**
 * The steps on the HTTP port: single requests, raw bytes, and polling a page until it says so.
 *
 * Part of `STEP_ACTIONS`. A server that closes without a reply gives the outcome `closed`.
 */
import type { CaseRun } from "./case_run.ts";
import type { Target } from "./connection.ts";
import { Deadline, pause } from "./deadline.ts";
import { exchange, requestBytes } from "./http_exchange.ts";
import { httpOutcome, parseJson } from "./outcome.ts";
import { isSameJson } from "./same_json.ts";
import type { StepAction } from "./step_action.ts";
import { bytesOf, type Json, type StepOf } from "./vectors.ts";

/** What is not so by then never is: nothing is expected to stay away, and machines that run tests stand still at times. */
const POLL_WAIT_MS = 20_000;
const POLL_PAUSE_MS = 20;

type HttpStepName = "http" | "http_raw" | "wait";

/** The actions of the steps on the HTTP port. */
export const HTTP_ACTIONS: { readonly [Name in HttpStepName]: StepAction<Name> } = {
  http: request,
  http_raw: async (run, step) => {
    const bytes = bytesOf(step.data, (text) => run.names.fill(text));
    const target = run.daemon(step.to).target("http");
    const replies = await exchange(target, bytes, { count: step.replies });
    return replies.length === 0 ? "closed" : replies.map((reply) => httpOutcome(reply, run.names));
  },
  wait: pollUntil,
};

async function request(run: CaseRun, step: StepOf<"http">): Promise<Json> {
  const fill = (text: string) => run.names.fill(text);
  const headers = Object.entries(step.headers ?? {}).map(([name, value]) => [name, fill(value)]);
  const bytes = requestBytes({
    method: step.method,
    target: fill(step.target),
    headers: Object.fromEntries(headers),
    body: step.body === undefined ? null : bytesOf(step.body, fill),
    isChunked: step.chunked ?? false,
    version: step.http_version ?? "1.1",
  });
  const target: Target = step.unix_socket === undefined
    ? httpTarget(run, step)
    : { path: fill(step.unix_socket) };
  const [reply] = await exchange(target, bytes, {
    isBodiless: step.method === "HEAD",
    isTls: step.tls ?? false,
  });
  return reply === undefined ? "closed" : httpOutcome(reply, run.names, expectsLines(step.expect));
}

function httpTarget(run: CaseRun, step: StepOf<"http">): Target {
  const daemon = run.daemon(step.to);
  return daemon.target(step.tls ? "https" : "http");
}

/** The plain stats page is the one text that is written as a list of lines. */
function expectsLines(expect: Json): boolean {
  return expect !== null && typeof expect === "object" && !Array.isArray(expect) &&
    Array.isArray(expect["text"]);
}

async function pollUntil(run: CaseRun, step: StepOf<"wait">): Promise<Json> {
  const deadline = new Deadline(POLL_WAIT_MS * run.pace);
  while (true) {
    const page = await readPage(run, step);
    const last = Object.fromEntries(
      Object.keys(step.until).map((path) => [path, pick(page, path)]),
    );
    if (isSameJson(last, step.until)) {
      await pause(POLL_PAUSE_MS); // counters that are raised right after are raised now
      return "reached";
    }
    if (deadline.isOver) return { last };
    await pause(POLL_PAUSE_MS);
  }
}

async function readPage(run: CaseRun, step: StepOf<"wait">): Promise<Json> {
  const bytes = requestBytes({
    method: "GET",
    target: run.names.fill(step.target),
    headers: {},
    body: null,
    isChunked: false,
    version: "1.1",
  });
  try {
    const target = run.daemon(step.to).target("http");
    const [reply] = await exchange(target, bytes, { waitMs: 5000 });
    return reply === undefined ? null : parseJson(reply.body) ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return null;
    throw error;
  }
}

/**
 * The value under a path of keys joined by "/", or null: `key=value` picks a list's element, a
 * number an index, `#` a list's length.
 */
export function pick(document: Json, path: string): Json {
  return path.split("/").reduce(pickOne, document);
}

function pickOne(value: Json, key: string): Json {
  if (Array.isArray(value)) {
    if (key === "#") return value.length;
    const equals = key.indexOf("=");
    if (equals < 0) return value[Number(key)] ?? null;
    const [field, wanted] = [key.slice(0, equals), key.slice(equals + 1)];
    return value.find((item) => String(pickOne(item, field)) === wanted) ?? null;
  }
  return value !== null && typeof value === "object" ? value[key] ?? null : null;
}
