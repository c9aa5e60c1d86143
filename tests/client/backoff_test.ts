// The two rules by which a consumer decides how many messages to ask for; no sockets, no clock.

import { assertEquals } from "@std/assert";
import { Backoff } from "../../src/client/backoff.ts";
import { readyShares } from "../../src/client/ready_shares.ts";

const settings = {
  backoffMultiplierMs: 1000,
  maxBackoffMs: 10_000,
  backoffStrategy: "exponential",
} as const;

Deno.test("Backoff rises by failures after a pause and falls by successes", () => {
  const backoff = new Backoff(settings);
  const seen: [number, number][] = [];
  for (const isSuccess of [false, false, true, true]) {
    assertEquals(backoff.record(isSuccess), true);
    seen.push([backoff.level, backoff.pauseMs(0.5)]);
    backoff.endPause();
  }
  assertEquals(seen, [[1, 2000], [2, 4000], [1, 2000], [0, 1000]]);
  assertEquals(backoff.state, "flowing");
});

Deno.test("Backoff ignores outcomes during a pause", () => {
  const backoff = new Backoff(settings);
  backoff.record(false);
  assertEquals(backoff.record(false), false);
  assertEquals(backoff.record(true), false);
  assertEquals([backoff.level, backoff.state], [1, "pausing"]);
});

Deno.test("Backoff never pauses longer than allowed, and 0 turns it off", () => {
  const backoff = new Backoff(settings);
  for (let index = 0; index < 20; index++) {
    backoff.record(false);
    backoff.endPause();
  }
  assertEquals(backoff.pauseMs(0.5), 10_000);
  const off = new Backoff({ ...settings, maxBackoffMs: 0 });
  assertEquals([off.record(false), off.state], [false, "flowing"]);
});

Deno.test("Backoff with full jitter pauses by chance up to what the level says", () => {
  const backoff = new Backoff({ ...settings, backoffStrategy: "full_jitter" });
  backoff.record(false);
  assertEquals([0, 0.25, 0.999].map((random) => backoff.pauseMs(random)), [0, 500, 1998]);
});

Deno.test("readyShares() spreads what there is and keeps limits", () => {
  assertEquals(readyShares(10, [2500, 2500, 2500]), [4, 3, 3]);
  assertEquals(readyShares(1, [2500]), [1]);
  assertEquals(readyShares(10, [2, 2500]), [2, 5]);
  assertEquals(readyShares(0, [2500, 2500]), [0, 0]);
  assertEquals(readyShares(5, []), []);
});
