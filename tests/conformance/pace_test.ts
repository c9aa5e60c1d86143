/** Just the cases that need it are played slower, and slower means every duration in them. */
import { assertEquals } from "@std/assert";
import { leftOutBy } from "./left_out.ts";
import { PACES, stepAtPace } from "./pace.ts";
import { type Case, isStep, type Json, loadCases, type RecordedStep } from "./vectors.ts";

const cases = loadCases().filter((recorded) => leftOutBy(recorded) === null);
const byName = new Map(cases.map((recorded) => [recorded.name, recorded]));
const paced = new Set<string>(PACES.map(({ name }) => name));

function step(one: Record<string, Json>): RecordedStep {
  return one as unknown as RecordedStep;
}

/** The longest time a case may measure to be a matter of a short stall. */
const SHORT_S = 10;

function measuresShortTime({ steps }: Case): boolean {
  return steps.some((one) => isStep(one, "elapsed") && one.max_s < SHORT_S);
}

function hasShortTimeout({ steps }: Case): boolean {
  const flag = /^--(msg-timeout|inactive-producer-timeout|tombstone-lifetime)=([\d.]+ms|1s)$/;
  return steps.some((one) => isStep(one, "start") && one.flags.some((word) => flag.test(word)));
}

Deno.test("PACES names only cases that are replayed, each once and with a reason", () => {
  assertEquals(PACES.filter(({ name }) => !byName.has(name)), []);
  assertEquals(paced.size, PACES.length);
  const unchanged = PACES.filter(({ name, pace }) => {
    const { steps } = byName.get(name)!;
    const slower = steps.map((one) => stepAtPace(one, pace));
    return pace < 2 || JSON.stringify(slower) === JSON.stringify(steps);
  });
  assertEquals(unchanged, []);
});

Deno.test("PACES names every case that measures a short time or waits for one to pass", () => {
  const missing = cases.filter((recorded) =>
    (measuresShortTime(recorded) || hasShortTimeout(recorded)) && !paced.has(recorded.name)
  );
  assertEquals(missing.map(({ name }) => name), []);
});

Deno.test("stepAtPace() makes flags, pauses, limits, delays and times to live longer", () => {
  const longer: [Record<string, Json>, Record<string, Json>][] = [
    [
      { op: "start", flags: ["--msg-timeout=500ms", "--statsd-interval=2s", "--max-rdy-count=7"] },
      {
        op: "start",
        flags: ["--msg-timeout=2500ms", "--statsd-interval=10s", "--max-rdy-count=7"],
      },
    ],
    [{ op: "sleep", ms: 350 }, { op: "sleep", ms: 1750 }],
    [{ op: "quiet", conn: "c1", ms: 250 }, { op: "quiet", conn: "c1", ms: 1250 }],
    [{ op: "elapsed", min_s: 0.5, max_s: 3 }, { op: "elapsed", min_s: 2.5, max_s: 15 }],
    [{ op: "http", target: "/pub?topic=t&defer=700" }, {
      op: "http",
      target: "/pub?topic=t&defer=3500",
    }],
    [
      { op: "auth_server", replies: [{ json: { ttl: 1, identity: "joe" } }] },
      { op: "auth_server", replies: [{ json: { ttl: 5, identity: "joe" } }] },
    ],
    [
      { op: "send", data: [{ text: "REQ ${id#1} 700\n" }] },
      { op: "send", data: [{ text: "REQ ${id#1} 3500\n" }] },
    ],
    [
      { op: "send", data: [{ text: "DPUB t 800\n" }, { hex: "00000005" }, { text: "later" }] },
      { op: "send", data: [{ text: "DPUB t 4000\n" }, { hex: "00000005" }, { text: "later" }] },
    ],
  ];
  for (const [before, after] of longer) assertEquals(stepAtPace(step(before), 5), step(after));
});

Deno.test("stepAtPace() tells the size of an IDENTIFY that became longer", () => {
  const before = step({
    op: "send",
    data: [{ text: "IDENTIFY\n" }, { hex: "00000015" }, { text: '{"msg_timeout": 1000}' }],
  });
  const after = step({
    op: "send",
    data: [{ text: "IDENTIFY\n" }, { hex: "00000016" }, { text: '{"msg_timeout": 12000}' }],
  });
  assertEquals(stepAtPace(before, 12), after);
});

Deno.test("stepAtPace() keeps numbers exact that are too large for a duration", () => {
  const before = step({ op: "send", data: [{ text: "DPUB t 18446744073709551615\n" }] });
  const after = step({ op: "send", data: [{ text: "DPUB t 36893488147419103230\n" }] });
  assertEquals(stepAtPace(before, 1), before);
  assertEquals(stepAtPace(before, 2), after);
});

Deno.test("stepAtPace() leaves alone what is no duration", () => {
  const steps: Record<string, Json>[] = [
    { op: "recv", conn: "c1", expect: { message: "x", attempts: 1 } },
    { op: "send", data: [{ text: "RDY 5\nFIN ${id#1}\n" }, { hex: "0000000a" }] },
    { op: "send", data: [{ text: "SUB t 5\n" }] },
    { op: "http", target: "/stats?format=json" },
  ];
  for (const one of steps) assertEquals(stepAtPace(step(one), 5), step(one));
});
