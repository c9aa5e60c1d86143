/**
 * The steps on TCP connections: connecting, sending raw bytes, awaiting frames, closing.
 *
 * Part of `STEP_ACTIONS`. A daemon that is slow or silent gives the outcome `timeout`.
 */
import type { CaseRun } from "./case_run.ts";
import { ClientConnection, openSocket, type Received } from "./connection.ts";
import { Deadline, pause } from "./deadline.ts";
import { compareText, sortableText } from "./normalise.ts";
import { frameOutcome, messageIdOf, replyOutcome } from "./outcome.ts";
import { upgrade } from "./upgrade_action.ts";
import { isSameJson } from "./same_json.ts";
import type { StepAction } from "./step_action.ts";
import { bytesOf, type Json, type StepOf } from "./vectors.ts";

/** What has not come by then never does: silence is waited for by steps of its own, which say how long. */
const FRAME_WAIT_MS = 20_000;
/** How long one of several connections is given before the next is looked at. */
const TURN_WAIT_MS = 20;

type ConnectionStepName =
  | "connect"
  | "send"
  | "recv"
  | "recv_many"
  | "recv_set"
  | "quiet"
  | "expect_close"
  | "until_close"
  | "close"
  | "shutdown_write"
  | "upgrade";

/** The actions of the steps on connections. */
export const CONNECTION_ACTIONS: { readonly [Name in ConnectionStepName]: StepAction<Name> } = {
  connect,
  send,
  recv: async (run, step) => outcomeOn(run, step.conn, await receive(run, step.conn)),
  recv_many: receiveMany,
  recv_set: receiveSet,
  quiet: async (run, step) => {
    const received = await receive(run, step.conn, step.ms);
    return received.kind === "timeout" ? "quiet" : outcomeOn(run, step.conn, received);
  },
  expect_close: async (run, step) => {
    const received = await receive(run, step.conn);
    return received.kind === "timeout" ? "open" : outcomeOn(run, step.conn, received);
  },
  until_close: receiveUntilClose,
  close: (run, step) => {
    run.connection(step.conn).close();
    return "closed";
  },
  shutdown_write: async (run, step) => {
    await run.connection(step.conn).shutdownWrite();
    return "done";
  },
  upgrade,
};

async function connect(run: CaseRun, step: StepOf<"connect">): Promise<Json> {
  const target = step.unix_socket === undefined
    ? run.daemon(step.to).target("tcp")
    : { path: run.names.fill(step.unix_socket) };
  const connection = new ClientConnection(await openSocket(target), step.framing === "v1");
  run.connections.set(step.conn, connection);
  run.names.set(`${step.conn}.last`, () => {
    if (connection.lastId === null) throw new Error(`No message has come on ${step.conn} yet.`);
    return connection.lastId;
  });
  if (step.magic !== undefined) await connection.send(bytesOf(step.magic, (text) => text));
  return "connected";
}

async function send(run: CaseRun, step: StepOf<"send">): Promise<Json> {
  const connection = run.connection(step.conn);
  const bytes = bytesOf(step.data, (text) => run.names.fill(text));
  if (step.byte_by_byte_ms === undefined) return await connection.send(bytes);
  for (let at = 0; at < bytes.length; at++) {
    const result = await connection.send(bytes.subarray(at, at + 1));
    if (result !== "sent") return result;
    await pause(step.byte_by_byte_ms);
  }
  return "sent";
}

async function receive(
  run: CaseRun,
  name: string,
  waitMs = FRAME_WAIT_MS * run.pace,
): Promise<Received> {
  const connection = run.connection(name);
  const received = await connection.receive(waitMs);
  if (!connection.isTypeless) connection.lastId = messageIdOf(received) ?? connection.lastId;
  return received;
}

/** The outcome of what came on a connection, as its framing has it. */
function outcomeOn(run: CaseRun, name: string, received: Received): Json {
  const outcome = run.connection(name).isTypeless ? replyOutcome : frameOutcome;
  return outcome(received, run.names);
}

async function receiveMany(run: CaseRun, step: StepOf<"recv_many">): Promise<Json> {
  const outcomes: Json[] = [];
  while (outcomes.length < step.count) {
    const received = await receive(run, step.conn);
    outcomes.push(outcomeOn(run, step.conn, received));
    if (received.kind !== "frame") break;
  }
  return outcomes;
}

/** Takes turns between the connections until all frames are there, then sorts and labels them. */
async function receiveSet(run: CaseRun, step: StepOf<"recv_set">): Promise<Json> {
  const deadline = new Deadline(FRAME_WAIT_MS * run.pace);
  const arrived: Received[] = [];
  const open = new Set(step.conns);
  while (arrived.length < step.count && open.size > 0 && !deadline.isOver) {
    for (const name of open) {
      if (arrived.length >= step.count) break;
      const waitMs = step.conns.length > 1 ? TURN_WAIT_MS : deadline.leftMs;
      const received = await receive(run, name, waitMs);
      if (received.kind === "frame") arrived.push(received);
      else if (received.kind !== "timeout") open.delete(name);
    }
  }
  const frames = labelledInOrder(run, arrived);
  return open.size < step.conns.length ? { frames, end: "closed" } : { frames };
}

/** Ids get their labels in the order of the messages' texts: the order of arrival is chance. */
function labelledInOrder(run: CaseRun, arrived: readonly Received[]): Json[] {
  return arrived
    .map((received) => ({
      received,
      key: sortableText(frameOutcome(received, run.names, () => "")),
    }))
    .toSorted((a, b) => compareText(a.key, b.key))
    .map(({ received }) => frameOutcome(received, run.names));
}

async function receiveUntilClose(run: CaseRun, step: StepOf<"until_close">): Promise<Json> {
  const deadline = new Deadline(FRAME_WAIT_MS * run.pace);
  const frames: Json[] = [];
  while (true) {
    const received = await receive(run, step.conn, deadline.leftMs);
    const outcome = outcomeOn(run, step.conn, received);
    if (received.kind !== "frame") {
      return { frames, end: received.kind === "timeout" ? "open" : outcome };
    }
    if (!frames.some((frame) => isSameJson(frame, outcome))) frames.push(outcome);
  }
}
