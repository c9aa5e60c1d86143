// Runs, and what one consumer has in flight.

import { assert, assertEquals } from "@std/assert";
import { InFlight } from "../../src/queue/in_flight.ts";
import { Run } from "../../src/queue/run.ts";
import { Random } from "../base/random.ts";
import { batchOf, messages, test } from "./queue_parts.ts";

/** A run over a whole batch of `count` messages. */
function runOf(first: number, count: number, deadlineMs = 100): Run {
  return new Run(batchOf(first, messages(count)), 0, count, 1, 0, deadlineMs);
}

function numbersIn(inFlight: InFlight): number[] {
  return [...inFlight.messages()].map(({ number }) => number).sort((a, b) => a - b);
}

function release(inFlight: InFlight, number: number): void {
  inFlight.release(inFlight.find(number)!, number);
}

test("Run.release() in any order leaves what was not released", () => {
  const random = new Random(2);
  for (const count of [1, 2, 31, 32, 33, 100]) {
    const run = runOf(50, count);
    const left = new Set(Array.from({ length: count }, (_, place) => 50 + place));
    while (left.size > 0) {
      const number = random.pick([...left])!;
      run.release(number);
      left.delete(number);
      assertEquals([...run.numbers()], [...left]);
      assertEquals(run.left, left.size);
      assert(!run.holds(number));
    }
  }
});

test("Run.holds() knows only its own numbers", () => {
  const run = new Run(batchOf(10, messages(10)), 3, 4, 1, 0, 0);

  assertEquals([12, 13, 16, 17, -1].map((number) => run.holds(number)), [
    false,
    true,
    true,
    false,
    false,
  ]);
});

test("Run.extract() keeps attempts and times, and lets go of the batch", () => {
  const run = new Run(batchOf(10, messages(10)), 3, 4, 7, 20, 30);

  const single = run.extract(14);

  assertEquals([single.first, single.count, single.attempts], [14, 1, 7]);
  assertEquals([single.deliveredMs, single.deadlineMs, single.batch.count], [20, 30, 1]);
});

test("InFlight.find() finds what is in flight, in long runs and short ones", () => {
  const inFlight = new InFlight();
  for (const run of [runOf(0, 5), runOf(10, 5), runOf(7, 1), runOf(20, 5)]) inFlight.add(run);

  const found = [0, 4, 5, 7, 9, 10, 14, 24, 25].map((number) => inFlight.find(number)?.first);

  assertEquals(found, [0, 0, undefined, 7, undefined, 10, 10, 20, undefined]);
  assertEquals(inFlight.size, 16);
});

test("InFlight.takeExpired() takes what is due, and knows the next deadline", () => {
  const inFlight = new InFlight();
  for (const run of [runOf(0, 3, 100), runOf(10, 1, 150), runOf(20, 3, 200)]) inFlight.add(run);
  release(inFlight, 1);

  assertEquals(inFlight.takeExpired(99), []);
  const expired = inFlight.takeExpired(150).map(({ number }) => number);

  assertEquals(expired, [0, 2, 10]);
  assertEquals([inFlight.size, inFlight.earliestDeadlineMs], [3, 200]);
  assertEquals(numbersIn(inFlight), [20, 21, 22]);
});

test("InFlight.takeExpired() takes each message once, even when the line is tidied meanwhile", () => {
  const inFlight = new InFlight();
  // Ten runs nobody answered, twenty finished, ten with one message left: nothing is tidied yet.
  for (let run = 0; run < 40; run++) inFlight.add(runOf(run * 16, 16));
  for (let number = 160; number < 480; number++) release(inFlight, number);
  for (let run = 30; run < 40; run++) {
    for (let number = run * 16; number < run * 16 + 15; number++) release(inFlight, number);
  }
  assertEquals(inFlight.size, 170);

  const expired = inFlight.takeExpired(100);

  assertEquals(new Set(expired.map(({ number }) => number)).size, 170);
  assertEquals([inFlight.size, numbersIn(inFlight)], [0, []]);
  assertEquals(inFlight.takeExpired(1000), []);
});

test("InFlight: finished runs do not stay behind one that nobody finishes", () => {
  const inFlight = new InFlight();
  const first = runOf(0, 16);
  inFlight.add(first);
  for (let number = 0; number < 15; number++) release(inFlight, number);
  const batches: WeakRef<object>[] = [];
  for (let run = 1; run <= 200; run++) {
    const added = runOf(run * 16, 16);
    batches.push(new WeakRef(added));
    inFlight.add(added);
    for (let number = run * 16; number < run * 16 + 16; number++) release(inFlight, number);
  }

  // The straggler is now a run of its own, without its batch.
  assertEquals(numbersIn(inFlight), [15]);
  assertEquals(inFlight.find(15)?.batch.count, 1);
});

test("InFlight keeps a half-finished run together", () => {
  const inFlight = new InFlight();
  for (let run = 0; run < 40; run++) inFlight.add(runOf(run * 16, 16));
  for (let number = 8; number < 16 * 39; number++) release(inFlight, number);

  assertEquals(inFlight.find(3)?.batch.count, 16);
  assertEquals(numbersIn(inFlight).length, 8 + 16);
});

test("InFlight.clear() forgets everything", () => {
  const inFlight = new InFlight();
  inFlight.add(runOf(0, 5));
  inFlight.add(runOf(9, 1));

  inFlight.clear();

  assertEquals([inFlight.size, inFlight.earliestDeadlineMs], [0, Infinity]);
  assertEquals(inFlight.find(0), undefined);
});
