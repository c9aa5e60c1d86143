/** The recorded file is read as it is meant, and its bytes come out right. */
import { assert, assertEquals } from "@std/assert";
import { bytesOf, clientSpeeches, loadCases, STAND_IN_ID } from "./vectors.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("bytesOf() joins texts, hexadecimal and repetitions, and fills references in", () => {
  const bytes = bytesOf(
    [
      { text: "FIN ${id#1}\n" },
      { hex: "00ff" },
      { repeat: { text: "ab" }, count: 3 },
      { repeat: { hex: "07" }, count: 2 },
    ],
    (text) => text.replace("${id#1}", "x"),
  );
  assertEquals(
    bytes,
    new Uint8Array([...new TextEncoder().encode("FIN x\n"), 0, 255, 97, 98, 97, 98, 97, 98, 7, 7]),
  );
});

Deno.test("loadCases() gives every case a different name and `alive` as its last step", () => {
  const cases = loadCases();
  assertEquals(new Set(cases.map(({ name }) => name)).size, cases.length);
  assertEquals(cases.filter(({ steps }) => steps.at(-1)?.op !== "alive"), []);
});

Deno.test("clientSpeeches() yields all that one connection says, in order", () => {
  const speeches = [...clientSpeeches()].filter(({ caseName }) => caseName === "tcp.fin.twice");
  assertEquals(speeches.map(({ connection }) => connection), ["c1", "c2"]);
  assertEquals(speeches.map(({ magic }) => textOf(magic)), ["  V2", "  V2"]);
  const id = STAND_IN_ID;
  assertEquals(speeches.map(({ commands }) => textOf(commands)), [
    `SUB t c\nRDY 1\nFIN ${id}\nFIN ${id}\n`,
    "PUB t\n\0\0\0\x01x",
  ]);
});

Deno.test("clientSpeeches() leaves no reference unfilled and no lookupd connection in", () => {
  for (const { caseName, commands } of clientSpeeches()) {
    assert(!textOf(commands.subarray(0, 4096)).includes("${"), caseName);
    assert(!caseName.startsWith("lookupd.http"), caseName);
  }
});
