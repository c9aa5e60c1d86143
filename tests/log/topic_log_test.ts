// The log of a topic in the storage, on a disk in memory that counts syncs.

import { assertEquals } from "@std/assert";
import type { StorageSettings } from "../../src/log/storage_surroundings.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { StoredLife } from "./stored_life.ts";

class SyncCountingDisk extends MemoryDisk {
  syncs = 0;

  override open(path: string, mode: "read"): ReturnType<MemoryDisk["open"]> | undefined;
  override open(path: string, mode: "append"): ReturnType<MemoryDisk["open"]>;
  override open(path: string, mode: "read" | "append") {
    const file = super.open(path, mode as "append");
    const syncData = () => {
      this.syncs++;
      return Promise.resolve();
    };
    return file && { ...file, syncData };
  }
}

async function syncsOfTenMessages(settings: Partial<StorageSettings>): Promise<number> {
  const disk = new SyncCountingDisk();
  const life = new StoredLife(disk, { nowMs: 1e6, wallMs: 1.7e12 }, settings);
  life.channel("t", "c");
  await life.rest([]);
  const before = disk.syncs;
  for (let index = 0; index < 10; index++) {
    life.publish("t", [`${index}`]);
    await life.rest([]);
  }
  return disk.syncs - before;
}

Deno.test("TopicLog syncs after so many messages, without waiting for its tick", async () => {
  assertEquals(await syncsOfTenMessages({ syncEvery: 1 }), 10);
  assertEquals(await syncsOfTenMessages({ syncEvery: 5 }), 2);
  assertEquals(await syncsOfTenMessages({ syncEvery: 0 }), 0);
});
