// The turn: one time for all that happens in it, and a new one for the next.

import { assertEquals } from "@std/assert";
import { until } from "../daemons/waiting.ts";
import { Turn } from "../../src/server/turn.ts";

/** A turn under a clock that goes on by a millisecond each time it is read. */
function givenTurn(settle = () => {}) {
  let elapsedMs = 0;
  const ends: number[] = [];
  const clock = {
    nowMs: () => ++elapsedMs,
    wallMs: () => 1000 + elapsedMs,
    wallAt: (nowMs: number) => 1000 + nowMs,
  };
  const turn = new Turn(clock, settle, (nowMs) => ends.push(nowMs));
  return { turn, ends };
}

Deno.test("Turn has one time from the first thing that happens in it to its end", async () => {
  const { turn, ends } = givenTurn();

  turn.schedule();
  turn.schedule();
  assertEquals([turn.nowMs, turn.wallMs], [1, 1001]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(ends, [2]);

  turn.schedule();
  assertEquals([turn.nowMs, turn.wallMs], [3, 1003]);
  turn.finish();
  assertEquals(ends, [2, 4]);
});

Deno.test("Turn ends early when many connections were read, and once at its end", async () => {
  const { turn, ends } = givenTurn();

  let reads = 0;
  for (; ends.length < 3 && reads < 10_000; reads++) turn.read();
  assertEquals([ends.length, reads % 3], [3, 1]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(ends.length, 4);
});

/** Keeps what nobody catches from ending the test, until it is disposed of. */
function hearFaults() {
  const heard: string[] = [];
  const hear = (event: ErrorEvent) => {
    event.preventDefault();
    heard.push(event.message);
  };
  globalThis.addEventListener("error", hear);
  return { heard, [Symbol.dispose]: () => globalThis.removeEventListener("error", hear) };
}

Deno.test("Turn goes on after a fault, which is for whoever hears of faults", async () => {
  let settled = 0;
  const { turn, ends } = givenTurn(() => {
    if (++settled === 1) throw new Error("fault");
  });
  using faults = hearFaults();
  turn.schedule();
  // What was left of it comes by itself, and what comes later has turns of its own.
  await until(() => ends.length === 1);
  assertEquals([faults.heard, settled], [["Uncaught Error: fault"], 2]);
  turn.schedule();
  await until(() => ends.length === 2);
  assertEquals(settled, 3);
});

Deno.test("Turn lets others go on although a fault comes back each time", async () => {
  let isFaulty = true;
  const { turn, ends } = givenTurn(() => {
    if (isFaulty) throw new Error("fault");
  });
  using faults = hearFaults();
  turn.schedule();
  // The timer that this waits with would never ring.
  await until(() => faults.heard.length > 3);
  isFaulty = false;
  await until(() => ends.length === 1);
});
