// Holding to a rate, and waiting that can be called off.

import { assertEquals } from "@std/assert";
import { unlessAborted } from "../../src/base/interruption.ts";
import { pause } from "../../src/base/timers.ts";
import { TokenBucket } from "../../src/base/token_bucket.ts";

Deno.test("TokenBucket.reserve() holds things to a rate and saves nothing up", () => {
  const bucket = new TokenBucket(10);
  assertEquals([bucket.reserve(5, 0), bucket.reserve(1, 0), bucket.reserve(1, 0)], [0, 500, 600]);
  assertEquals([bucket.reserve(1, 700), bucket.reserve(1, 700)], [0, 100]);
  assertEquals([bucket.reserve(1, 9000), bucket.reserve(1, 9000)], [0, 100]);
});

Deno.test("unlessAborted() passes results on and stops waiting when told", async () => {
  const controller = new AbortController();
  assertEquals(await unlessAborted(Promise.resolve(1), controller.signal), 1);
  const waiting = unlessAborted(new Promise<number>(() => {}), controller.signal);
  controller.abort();
  assertEquals(await waiting, undefined);
  assertEquals(
    await unlessAborted(Promise.reject(new Error("late")), controller.signal),
    undefined,
  );
});

Deno.test("pause() ends early when told, and calls its timer off", async () => {
  const controller = new AbortController();
  let isCalledOff = false;
  const timers = { after: () => () => void (isCalledOff = true) };
  const pausing = pause(timers, 1000, controller.signal);
  controller.abort();
  await pausing;
  assertEquals(isCalledOff, true);
});
