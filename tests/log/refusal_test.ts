// What a disk that is short of space refuses, and what it does not.

import { assertEquals, assertMatch } from "@std/assert";
import { MemoryDisk } from "./memory_disk.ts";
import { bodiesOf } from "./sample_records.ts";
import { StoredLife } from "./stored_life.ts";

class ShortDisk extends MemoryDisk {
  override freeBytes(): number {
    return 1000;
  }
}

Deno.test("A disk short of space refuses who publishes, not who waits for something else in the same turn", () => {
  const clock = { nowMs: 0, wallMs: 1.7e12 };
  const life = new StoredLife(new ShortDisk(), clock, { minFreeSpace: 2000 });
  const topic = life.topic("t");
  const heard: (string | undefined)[] = [];
  const hear = (isBystander: boolean) => ({
    isBystander,
    published: (_mark: number, refusal: string | undefined) => void heard.push(refusal),
  });
  topic.report(hear(true), 0);
  const bytes = bodiesOf("refused");
  topic.publish(bytes, 0, bytes.length, 1, clock.wallMs);
  topic.report(hear(false), 0);
  life.settle();
  assertEquals(heard.length, 2);
  assertEquals(heard[0], undefined);
  assertMatch(heard[1]!, /^no space: 1000 bytes are free in \/data/);
  assertEquals(topic.depth, 0);
});
