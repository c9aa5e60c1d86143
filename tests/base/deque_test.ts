// The queue open at both ends, against an array.

import { assertEquals } from "@std/assert";
import { Deque } from "../../src/base/deque.ts";
import { Random } from "./random.ts";

Deno.test("Deque gives back what was put in, first in first out", () => {
  const line = new Deque<number>();
  for (let element = 0; element < 100; element++) line.push(element);

  assertEquals([line.first(), line.at(50), line.last(), line.size], [0, 50, 99, 100]);
  assertEquals([line.shift(), line.pop(), line.size], [0, 99, 98]);
});

Deno.test("Deque has nothing outside its line", () => {
  const line = new Deque<string>();
  assertEquals([line.shift(), line.pop(), line.first(), line.last()], Array(4).fill(undefined));
  line.push("a");
  assertEquals([line.at(-1), line.at(1)], [undefined, undefined]);
});

Deno.test("Deque.clear() leaves an empty line that works on", () => {
  const line = new Deque<number>();
  for (let element = 0; element < 20; element++) line.push(element);

  line.clear();
  line.push(7);

  assertEquals([...line], [7]);
});

Deno.test("Deque does what an array does, whatever the order of calls", () => {
  const random = new Random(3);
  const line = new Deque<number>();
  const model: number[] = [];
  for (let step = 0; step < 30_000; step++) {
    // Long phases of growing and shrinking, so that the storage does both.
    const pushes = step % 10_000 < 5_000 ? 70 : 25;
    if (random.chance(pushes)) {
      line.push(step);
      model.push(step);
    } else if (random.chance(60)) assertEquals(line.shift(), model.shift());
    else assertEquals(line.pop(), model.pop());
    assertEquals(line.size, model.length);
    const index = random.below(model.length + 1);
    assertEquals(line.at(index), model[index]);
    if (step % 1000 === 0) assertEquals([...line], model);
  }
});
