// The machine's disk.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { errorCodeOf, isDiskFull } from "../../src/log/disk.ts";
import { RealDisk } from "../../src/log/real_disk.ts";
import { FileError } from "../../src/base/system_error.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

async function withFolder(action: (folder: string) => Promise<void> | void): Promise<void> {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  await action(folder);
}

Deno.test("RealDisk appends, reads at any place and truncates", () =>
  withFolder(async (folder) => {
    const file = new RealDisk().open(`${folder}/a`, "append");
    file.append(Uint8Array.of(1, 2, 3));
    file.append(Uint8Array.of(4, 5));
    const into = new Uint8Array(3);
    assertEquals([file.readSync(into, 1), [...into]], [3, [2, 3, 4]]);
    assertEquals([await file.read(into, 3), [...into]], [2, [4, 5, 4]]);
    assertEquals(file.readSync(into, 10), 0);
    file.truncate(1);
    file.append(Uint8Array.of(9));
    await file.syncData();
    assertEquals([file.size(), file.readSync(into, 0), into[1]], [2, 2, 9]);
    file.close();
    file.close();
    assertEquals([...Deno.readFileSync(`${folder}/a`)], [1, 9]);
  }));

Deno.test("RealDisk reads many places at once without mixing them up", () =>
  withFolder(async (folder) => {
    const file = new RealDisk().open(`${folder}/a`, "append");
    file.append(Uint8Array.from({ length: 256 }, (_, index) => index));
    const buffers = Array.from({ length: 64 }, () => new Uint8Array(4));
    const reads = buffers.map((buffer, index) => file.read(buffer, index * 4));
    file.readSync(new Uint8Array(7), 100);
    file.append(Uint8Array.of(1));
    await Promise.all(reads);
    assertEquals(buffers.flatMap((buffer) => [...buffer]), [...Array(256).keys()]);
    file.close();
  }));

Deno.test("RealDisk.close() ends a read under way without a leak", () =>
  withFolder(async (folder) => {
    const file = new RealDisk().open(`${folder}/a`, "append");
    file.append(new Uint8Array(10));
    const first = file.read(new Uint8Array(10), 0);
    const second = file.read(new Uint8Array(10), 0);
    file.close();
    await Promise.allSettled([first, second]);
    await assertRejects(() => file.read(new Uint8Array(1), 0), FileError);
  }));

Deno.test("RealDisk takes what is not there for empty where it may be missing", () =>
  withFolder((folder) => {
    const disk = new RealDisk();
    assertEquals(disk.open(`${folder}/none`, "read"), undefined);
    assertEquals(disk.list(`${folder}/none`), []);
    disk.remove(`${folder}/none`);
    assertThrows(() => disk.rename(`${folder}/none`, `${folder}/other`), FileError, "rename");
    assertThrows(() => disk.open(`${folder}/none/deeper`, "append"), FileError, "open");
  }));

Deno.test("RealDisk makes, lists, renames and removes", () =>
  withFolder(async (folder) => {
    const disk = new RealDisk();
    disk.makeFolder(`${folder}/a/b`);
    disk.makeFolder(`${folder}/a/b`);
    disk.open(`${folder}/a/c`, "append").close();
    disk.rename(`${folder}/a/c`, `${folder}/a/d`);
    await disk.syncFolder(`${folder}/a`);
    const names = disk.list(`${folder}/a`).map(({ name, isFolder }) => `${name} ${isFolder}`);
    assertEquals(names.sort(), ["b true", "d false"]);
    disk.remove(`${folder}/a`);
    assertEquals(disk.list(folder), []);
    assertEquals(disk.freeBytes(folder) > 0, true);
  }));

Deno.test("errorCodeOf() finds the system's code behind a FileError", () => {
  const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  assertEquals(errorCodeOf(new FileError("write /a", full)), "ENOSPC");
  assertEquals([isDiskFull(new FileError("write /a", full)), isDiskFull(new Error("x"))], [
    true,
    false,
  ]);
  assertEquals(errorCodeOf("text"), undefined);
});
