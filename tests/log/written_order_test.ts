// In the durability `memory` a journal may be written long before the messages it speaks of.

import { assert, assertEquals } from "@std/assert";
import { MemoryDisk } from "./memory_disk.ts";
import { StoredLife } from "./stored_life.ts";

const SETTINGS = { durability: "memory", memQueueSize: 20_000 } as const;
const MESSAGES = 24_000;

Deno.test("A long journal costs no message that is written after it", async () => {
  const disk = new MemoryDisk();
  const clock = { nowMs: 10, wallMs: 1.7e12 };
  const life = new StoredLife(disk, clock, SETTINGS);
  const fast = life.subscribe("t", "fast", MESSAGES);
  life.channel("t", "slow");
  // Now there is a segment, so that the journal is not given up.
  life.publish("t", ["deferred"], 1000);
  const bodies = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => String(from + index));
  for (let from = 0; from < 16_000; from += 10) life.publish("t", bodies(from, from + 10));
  await life.rest([fast]);
  fast.finishEverySecond();
  for (let from = 16_000; from < MESSAGES; from += 10) life.publish("t", bodies(from, from + 10));
  // A kill: what left the window was written.
  const next = new StoredLife(disk, clock, SETTINGS);
  const slow = next.subscribe("t", "slow", MESSAGES);
  await next.rest([slow]);
  const came = new Set(slow.bodies);
  const written = MESSAGES - SETTINGS.memQueueSize - 10;
  assert(came.size >= written, `${came.size} of at least ${written} came`);
  assertEquals(bodies(0, written).filter((body) => !came.has(body)), []);
});
