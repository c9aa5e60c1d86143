/** What varies is replaced; everything else is left exactly as it came. */
import { assertEquals } from "@std/assert";
import { CaseNames } from "./case_names.ts";
import { describeBytes, normaliseJson, normaliseStatsPage } from "./normalise.ts";
import { differingPath } from "./same_json.ts";

const ID = "0123456789abcdef";
const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("normaliseJson() replaces values by the key they stand under", () => {
  const names = new CaseNames();
  names.setPort("nsqd.tcp_port", 20300);
  const nowS = Math.floor(Date.now() / 1000);
  assertEquals(
    normaliseJson({
      version: "0.1.0",
      start_time: nowS,
      connect_ts: 5,
      tcp_port: 20300,
      http_port: 20301,
      remote_address: "127.0.0.1:54321",
      hostname: Deno.hostname(),
      memory: { heap_objects: 7 },
      message_count: 1,
    }, names),
    {
      version: "<version>",
      start_time: "<time s>",
      connect_ts: 5,
      tcp_port: "<nsqd.tcp_port>",
      http_port: 20301,
      remote_address: "<addr>",
      hostname: "<hostname>",
      memory: { heap_objects: "<int>" },
      message_count: 1,
    },
  );
});

Deno.test("normaliseJson() sorts only the lists that have no order of their own", () => {
  const names = new CaseNames();
  assertEquals(normaliseJson({ channels: ["b", "a"] }, names), { channels: ["a", "b"] });
  assertEquals(normaliseJson({ addresses: ["b", "a"] }, names), { addresses: ["b", "a"] });
  assertEquals(
    normaliseJson({ clients: [{ client_id: "b" }, { client_id: "a" }] }, names),
    { clients: [{ client_id: "a" }, { client_id: "b" }] },
  );
  assertEquals(
    normaliseJson({ topics: [{ topic_name: "b" }, { topic_name: "a" }] }, names),
    { topics: [{ topic_name: "b" }, { topic_name: "a" }] },
  );
});

Deno.test("describeBytes() writes text, hexadecimal or a hash", () => {
  assertEquals(describeBytes(bytesOf("a b\n")), "a b\n");
  assertEquals(describeBytes(bytesOf("grün")), "grün");
  assertEquals(describeBytes(new Uint8Array([0, 255])), { hex: "00ff" });
  assertEquals(describeBytes(new Uint8Array(2049)), {
    length: 2049,
    sha256: "5373c2d1dc4c5333681ef9fccfe13fcb842c4779960359570e994a864145c2d2",
  });
});

Deno.test("normaliseStatsPage() replaces times and ports, and keeps the columns", () => {
  const page = [
    "nsqd v0.1.0 (built w/deno2.9.6)",
    "start_time 2025-01-02T03:04:05Z",
    "uptime 1m2.5s",
    "   heap_objects             \t17",
    "        [V2 127.0.0.1:41234 ] state: 3 connected: 1h0m2s",
    "   [t   ] depth: 1     msgs: 17",
  ];
  assertEquals(normaliseStatsPage(page.join("\n")), [
    "nsqd v<version> (built w/<toolchain>)",
    "start_time <rfc3339>",
    "uptime <duration>",
    "   heap_objects             \t<int>",
    "        [V2 127.0.0.1:<port> ] state: 3 connected: <duration>",
    "   [t   ] depth: 1     msgs: 17",
  ]);
});

Deno.test("CaseNames numbers ids as they come and fills them in again", () => {
  const names = new CaseNames();
  assertEquals(names.idLabel(ID), "id#1");
  assertEquals(names.idLabel(ID.toUpperCase()), '<bad id "0123456789ABCDEF">');
  assertEquals(names.idLabel(ID.replace("0", "1")), "id#2");
  assertEquals(names.idLabel(ID), "id#1");
  assertEquals(names.fill("FIN ${id#1}"), `FIN ${ID}`);
  assertEquals(names.label(`E_FIN_FAILED FIN ${ID} failed`), "E_FIN_FAILED FIN ${id#1} failed");
});

Deno.test("CaseNames.label() names the case's addresses and hides other ones", () => {
  const names = new CaseNames();
  names.setPort("nsqd.tcp_port", 20300);
  assertEquals(names.label("at 127.0.0.1:20300"), "at ${nsqd.tcp}");
  assertEquals(names.label("at 127.0.0.1:20301"), "at <addr>");
  assertEquals(names.fill("${nsqd.tcp} ${nsqd.tcp_port}"), "127.0.0.1:20300 20300");
});

Deno.test("differingPath() names the first place where values differ", () => {
  assertEquals(differingPath({ a: [1, { b: 2 }], c: 3 }, { c: 3, a: [1, { b: 2 }] }), null);
  assertEquals(differingPath({ a: [1, { b: 2 }] }, { a: [1, { b: "2" }] }), "a/1/b");
  assertEquals(differingPath({ a: 1 }, { a: 1, b: null }), "b");
  assertEquals(differingPath([1], [1, 2]), "");
});
