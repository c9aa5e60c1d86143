/**
 * The recorded cases that are a matter of time, each with how many times slower it is played.
 *
 * A machine that stands still for some seconds must not make a right broker look wrong. So every
 * duration of such a case, of the broker's settings, of what clients ask for and of the case's own
 * pauses, grows by one factor: what is asserted stays the same. A row that names no case, or one
 * without durations, fails a test and has to go.
 */
import {
  type AuthReply,
  type Case,
  type DaemonKind,
  isStep,
  type Part,
  type RecordedStep,
  type Step,
} from "./vectors.ts";

/** A case's exact name and its factor, a whole number above 1. */
export type PaceRow = { readonly name: string; readonly pace: number };

/**
 * Everything played slower. The factor leaves the broker and the replayer some 4 s to be late
 * where the case is tightest.
 */
export const PACES = [
  { name: "http.pub.deferred", pace: 7 },
  { name: "lookupd.http.inactive_producer", pace: 7 },
  { name: "lookupd.http.tombstone_ends", pace: 7 },
  { name: "statsd.lines", pace: 5 },
  { name: "tcp.auth.expired_is_asked_again", pace: 6 },
  { name: "tcp.dpub.delivered_after_delay", pace: 14 },
  { name: "tcp.fin.after_timeout", pace: 12 },
  { name: "tcp.flow.disconnect_keeps_in_flight_until_timeout", pace: 9 },
  { name: "tcp.flow.msg_timeout_of_client", pace: 4 },
  { name: "tcp.flow.timeout_brings_it_back", pace: 10 },
  { name: "tcp.flow.timeout_goes_to_other_consumer", pace: 10 },
  { name: "tcp.flow.timeout_of_new_channel", pace: 5 },
  { name: "tcp.heartbeat.interval_seen", pace: 4 },
  { name: "tcp.heartbeat.kept_alive_by_nop", pace: 5 },
  { name: "tcp.heartbeat.unanswered_closes", pace: 5 },
  { name: "tcp.req.delay_over_limit_is_cut", pace: 4 },
  { name: "tcp.req.delayed", pace: 7 },
  { name: "tcp.touch.puts_the_timeout_off", pace: 12 },
] as const satisfies readonly PaceRow[];

/** How many times slower the case is played; 1 for most. */
export function paceOf(recorded: Case): number {
  return PACES.find(({ name }) => name === recorded.name)?.pace ?? 1;
}

const FLAG = /^(--[a-z0-9-]*(?:timeout|interval|lifetime)=)(\d+)(ms|s)$/;
const COMMAND = /^((?:REQ|DPUB) \S+ )(\d+)(?=\n)/;
const DEFER = /([?&]defer=)(\d+)/;
const SETTING = /("(?:heartbeat_interval|msg_timeout|output_buffer_timeout)": ?)(\d+)/g;
const SIZE_DIGITS = 8;

/** The step with all its durations that many times as long; the same step if it has none. */
export function stepAtPace(step: RecordedStep, pace: number): RecordedStep | Step {
  if (pace === 1) return step;
  if (isStep(step, "start")) {
    const flags = step.flags.map((flag) => grown(flag, FLAG, pace));
    return { ...step, flags: [...flags, ...flagsOfSlowness(step.kind)] };
  }
  if (isStep(step, "sleep") || isStep(step, "quiet")) return { ...step, ms: step.ms * pace };
  if (isStep(step, "elapsed")) {
    return { ...step, min_s: step.min_s * pace, max_s: step.max_s * pace };
  }
  if (isStep(step, "send")) return { ...step, data: dataAtPace(step.data, pace) };
  if (isStep(step, "http")) return { ...step, target: grown(step.target, DEFER, pace) };
  if (isStep(step, "auth_server")) {
    return { ...step, replies: step.replies.map((reply) => replyAtPace(reply, pace)) };
  }
  return step;
}

/** So slowly it is played that our nsqlookupd says, some seconds later, that it cannot reach the made-up nsqd's. */
function flagsOfSlowness(kind: DaemonKind): string[] {
  const isOurs = Deno.env.get("NSQ_PEER_BIN") === undefined;
  return kind === "nsqlookupd" && isOurs ? ["--check-reachability=false"] : [];
}

/** The number in the pattern's second group times the pace; the rest of the text stays. */
function grown(text: string, pattern: RegExp, pace: number): string {
  return text.replace(
    pattern,
    (_, before: string, number: string, unit: unknown) =>
      `${before}${BigInt(number) * BigInt(pace)}${typeof unit === "string" ? unit : ""}`,
  );
}

function dataAtPace(data: readonly Part[], pace: number): Part[] {
  const slower = data.map((part) =>
    "text" in part ? { text: grown(grown(part.text, COMMAND, pace), SETTING, pace) } : part
  );
  return slower.map((part, index) => resized(part, data[index + 1], slower[index + 1]));
}

/** The size in front of a text, should that text have become longer. */
function resized(part: Part, before: Part | undefined, after: Part | undefined): Part {
  if (!("hex" in part) || before === undefined || after === undefined) return part;
  if (!("text" in before) || !("text" in after)) return part;
  const sizeBefore = before.text.length.toString(16).padStart(SIZE_DIGITS, "0");
  if (part.hex !== sizeBefore) return part;
  return { hex: after.text.length.toString(16).padStart(SIZE_DIGITS, "0") };
}

function replyAtPace(reply: AuthReply, pace: number): AuthReply {
  if (!("json" in reply)) return reply;
  const { json } = reply;
  if (json === null || typeof json !== "object" || Array.isArray(json)) return reply;
  const ttl = json["ttl"];
  return typeof ttl === "number" ? { json: { ...json, ttl: ttl * pace } } : reply;
}
