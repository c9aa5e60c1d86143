// What counts as unread in a disk queue: positions, kills, damage, and the data paths that another nsqd really wrote.

import { assertEquals } from "@std/assert";
import { listQueues } from "../../../src/log/upstream/disk_queue_names.ts";
import { type Finding, readDiskQueue } from "../../../src/log/upstream/disk_queue_reader.ts";
import { type FixtureName, readExpected, readFixture } from "./fixture.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { idOf, joined, meta, record, text } from "./queue_data.ts";

/** A character a byte; what the Encoding Standard calls latin1 is another code. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

interface Read {
  bodies: string[];
  attempts: number[];
  findings: Finding[];
}

/** Reads queue `q`, whose files are given by what stands behind "q.diskqueue." and before ".dat". */
function read(files: Record<string, Uint8Array>): Read {
  const named = Object.entries(files).map(([part, content]) =>
    [`q.diskqueue.${part}.dat`, content] as const
  );
  return readQueues(new Map(named)).get("q/") ?? { bodies: [], attempts: [], findings: [] };
}

function readQueues(files: Map<string, Uint8Array>): Map<string, Read> {
  const disk = new MemoryDisk();
  for (const [name, content] of files) disk.put(`/data/${name}`, content);
  const result = new Map<string, Read>();
  for (const queue of listQueues(files.keys()).queues) {
    const findings: Finding[] = [];
    const onFinding = (finding: Finding) => findings.push(finding);
    const messages = [...readDiskQueue(disk, "/data", queue, onFinding)];
    result.set(`${queue.topic}/${queue.channel ?? ""}`, {
      bodies: messages.map(({ body }) => latin1(body)),
      attempts: messages.map(({ attempts }) => attempts),
      findings,
    });
  }
  return result;
}

const a = record("a", { id: idOf(1) });
const b = record("bb", { id: idOf(2) });
const c = record("ccc", { id: idOf(3) });

for (const name of ["clean", "killed"] satisfies FixtureName[]) {
  Deno.test(`readDiskQueue() finds what nsqd itself redelivered from the ${name} data path`, async () => {
    const queues = readQueues(await readFixture(name));
    const expected = readExpected(name);
    for (const [owner, delivered] of Object.entries(expected.redelivered_by_upstream)) {
      const [topic, channel] = owner.split("/");
      // A channel gets what is its own, and what the topic has not yet copied to it.
      const sources = [queues.get(`${topic}/${channel}`), queues.get(`${topic}/`)];
      const bodies = sources.flatMap((source) => source?.bodies ?? []);
      assertEquals(bodies.toSorted(), delivered.sorted_bodies, owner);
      const retried = sources.flatMap((source) =>
        source?.bodies.filter((_, index) => source.attempts[index]! > 0) ?? []
      );
      const expectedRetried = delivered.attempts_over_1.map(([, body]) => body);
      assertEquals(retried.toSorted(), expectedRetried.toSorted(), owner);
    }
    const findings = [...queues.values()].flatMap((queue) => queue.findings);
    assertEquals(findings, []);
  });
}

Deno.test("readDiskQueue() gives every field of a message, and where it stands", () => {
  const disk = new MemoryDisk();
  const fields = {
    id: "00000000000000ff",
    attempts: 65535,
    timestampNs: 1_234_567_890_123_456_789n,
  };
  disk.put("/data/q.diskqueue.000000.dat", joined(a, record("body", fields)));
  const [queue] = listQueues(["q.diskqueue.000000.dat"]).queues;
  const [, message] = readDiskQueue(disk, "/data", queue!, () => {});
  assertEquals(message, {
    timestampNs: fields.timestampNs,
    attempts: 65535,
    id: text(fields.id),
    body: text("body"),
    file: "q.diskqueue.000000.dat",
    offset: a.length,
  });
});

Deno.test("readDiskQueue() begins at the read position and goes on through the files", () => {
  const files = { "000003": joined(a, b), "000004": c, meta: meta(2, 3, a.length, 4, c.length) };
  assertEquals(read(files), { bodies: ["bb", "ccc"], attempts: [0, 0], findings: [] });
});

Deno.test("readDiskQueue() finds nothing in a drained queue, nor in files before the one being read", () => {
  const drained = { "000000": joined(a, b), meta: meta(0, 0, 63, 0, 63) };
  assertEquals(read(drained), { bodies: [], attempts: [], findings: [] });
  const leftOver = { "000000": a, "000001": b, meta: meta(0, 1, b.length, 1, b.length) };
  assertEquals(read(leftOver).bodies, []);
  assertEquals(read({ meta: meta(0, 0, 0, 0, 0) }).bodies, []);
});

Deno.test("readDiskQueue() reads what was written after the last sync, also in later files", () => {
  const files = { "000000": joined(a, b), "000001": c, meta: meta(1, 0, 0, 0, a.length) };
  assertEquals(read(files), { bodies: ["a", "bb", "ccc"], attempts: [0, 0, 0], findings: [] });
});

Deno.test("readDiskQueue() believes no depth", () => {
  for (const depth of [-3, 0, 1, 1000]) {
    assertEquals(read({ "000000": joined(a, b), meta: meta(depth, 0, 0, 0, 63) }).bodies.length, 2);
  }
});

Deno.test("readDiskQueue() reads all there is when the positions are missing, damaged or impossible", () => {
  const data = { "000000": joined(a, b), "000001": c };
  assertEquals(read(data), { bodies: ["a", "bb", "ccc"], attempts: [0, 0, 0], findings: [] });
  const unusable = ["", "rubbish", "1\n0,0\n", "x".repeat(500), "3\n2,0\n1,0\n", "3\n0,9\n0,5\n"];
  unusable.push("3\n0,0\n1,99999999999999999999\n", "3\n-1,0\n1,0\n");
  for (const content of unusable) {
    const { bodies, findings } = read({ ...data, meta: text(content) });
    assertEquals([bodies, findings.length], [["a", "bb", "ccc"], 1], content);
    assertEquals(findings[0]?.file, "q.diskqueue.meta.dat");
  }
});

Deno.test("readDiskQueue() reads a file from its beginning when the read position is past its end", () => {
  const { bodies, findings } = read({ "000000": a, meta: meta(1, 0, 500, 0, 600) });
  assertEquals(bodies, ["a"]);
  assertEquals(findings.map(({ offset, bytes }) => [offset, bytes]), [[500, 0]]);
});

Deno.test("readDiskQueue() tells of a missing file and of one that ends too early, and goes on", () => {
  const { bodies, findings } = read({ "000002": c, meta: meta(2, 1, 5, 2, 90) });
  assertEquals(bodies, ["ccc"]);
  assertEquals(findings.map(({ file, offset }) => [file, offset]), [
    ["q.diskqueue.000001.dat", 5],
    ["q.diskqueue.000002.dat", c.length],
  ]);
});

Deno.test("readDiskQueue() skips a broken rest of a file and reads the next file", () => {
  const rubbish = joined(text("\x7f"), new Uint8Array([255, 255, 255]), text("rubbish rubbish"));
  const files = { "000000": joined(a, rubbish), "000001": b, meta: meta(3, 0, 0, 1, b.length) };
  const { bodies, findings } = read(files);
  assertEquals(bodies, ["a", "bb"]);
  assertEquals(findings, [{
    file: "q.diskqueue.000000.dat",
    offset: a.length,
    bytes: rubbish.length,
    text: "skipped a record of 2147483647 bytes where 15 are left",
  }]);
});

Deno.test("readDiskQueue() salvages what follows a record with an impossible length", () => {
  for (const [at, value] of [[0, 0x80], [0, 0x40], [3, 25], [3, 0], [3, 28], [3, 30]] as const) {
    const damaged = b.slice();
    damaged[at] = value;
    const { bodies, findings } = read({ "000000": joined(a, damaged, c) });
    assertEquals(
      [bodies, findings.length],
      value === 28 ? [["a", "bb", "ccc"], 0] : [["a", "ccc"], 1],
    );
  }
});

Deno.test("readDiskQueue() loses one record to a length that reaches over the following ones", () => {
  const records = Array.from({ length: 9 }, (_, index) => record(`m${index}`, { id: idOf(index) }));
  records[2]![2] = 1;
  const { bodies, findings } = read({ "000000": joined(...records) });
  assertEquals(bodies, ["m0", "m1", "m3", "m4", "m5", "m6", "m7", "m8"]);
  assertEquals(findings.map(({ offset, bytes }) => [offset, bytes]), [[64, 32]]);
});

Deno.test("readDiskQueue() drops records too small for a message and keeps their neighbours", () => {
  const small = joined(new Uint8Array([0, 0, 0, 5]), text("small"));
  const { bodies, findings } = read({ "000000": joined(a, small, c) });
  assertEquals(bodies, ["a", "ccc"]);
  assertEquals(findings.map(({ text }) => text), ["skipped an impossible length of 5"]);
});

Deno.test("readDiskQueue() takes no rubbish for a message because its length happens to fit", () => {
  const rubbish = joined(new Uint8Array([0, 0, 0, 40]), new Uint8Array(100).fill(0x7e));
  const { bodies, findings } = read({ "000000": joined(a, rubbish, b, c) });
  assertEquals(bodies, ["a", "bb", "ccc"]);
  assertEquals(findings.map(({ offset, bytes }) => [offset, bytes]), [[a.length, rubbish.length]]);
});

Deno.test("readDiskQueue() reads messages of any size, whatever --max-msg-size is now", () => {
  const large = new Uint8Array(3 * 1024 * 1024).fill(120);
  const data = joined(a, record(large, { id: idOf(2) }), c);
  const { bodies } = read({ "000000": data, meta: meta(3, 0, 0, 0, data.length) });
  assertEquals(bodies.map((body) => body.length), [1, large.length, 3]);
});

Deno.test("readDiskQueue() does not take records within a body for messages", () => {
  const nested = record(joined(record("x", { id: idOf(7) }), record("y", { id: idOf(8) })));
  const damaged = joined(record("z"), new Uint8Array(40));
  for (const rest of [[], [c], [damaged], [damaged, c]]) {
    assertEquals(read({ "000000": joined(a, nested, ...rest) }).bodies.slice(0, 2), [
      "a",
      latin1(nested.subarray(30)),
    ]);
  }
});

Deno.test("readDiskQueue() reads ids that are no hex digits as long as all lengths are right", () => {
  const strange = ["x", "y", "z"].map((body) => record(body, { id: "an id of sixteen" }));
  assertEquals(read({ "000000": joined(...strange) }), {
    bodies: ["x", "y", "z"],
    attempts: [0, 0, 0],
    findings: [],
  });
});

Deno.test("readDiskQueue() goes on after older content that was written over", () => {
  // Without positions another nsqd begins anew at 0 and leaves the old file's length as it was.
  const old = joined(...[1, 2, 3].map((n) => record(`older ${n}`, { id: idOf(n) })));
  const data = old.slice();
  data.set(record("new", { id: idOf(9) }));
  const { bodies, findings } = read({ "000000": data, meta: meta(1, 0, 0, 0, 33) });
  assertEquals(bodies, ["new", "older 2", "older 3"]);
  assertEquals(findings.map(({ offset, bytes }) => [offset, bytes]), [[33, 4]]);
});
