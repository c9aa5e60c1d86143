// What doctor says of single daemons.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { nodeFindings } from "../../../src/tools/doctor/node_findings.ts";
import type { ClusterFacts } from "../../../src/tools/doctor/facts.ts";
import { info, nsqd } from "../cluster/nsqd_documents.ts";
import { answer, cluster, failure, lookupd, node, registered } from "./cluster_facts.ts";

function told(facts: ClusterFacts): string[] {
  return nodeFindings(facts).map(({ severity, code }) => `${severity} ${code}`);
}

Deno.test("nodeFindings() has nothing to say of a healthy cluster", () => {
  assertEquals(told(cluster([node()], [lookupd([registered()])])), []);
});

Deno.test("nodeFindings() tells a daemon that does not answer, and says no more of it", () => {
  const silent = { info: failure("refused"), ping: undefined, first: failure("refused") };
  assertEquals(told(cluster([node(silent)])), ["error nsqd-silent"]);
  const gone = lookupd([], { ping: undefined, nodes: failure("timed out") });
  assertEquals(told(cluster([], [gone])), ["error lookupd-silent"]);
});

Deno.test("nodeFindings() tells bad health, and answers that are refused", () => {
  const sick = node({ ping: { status: 500, text: "NOK - no space" } });
  assertEquals(told(cluster([sick])), ["error nsqd-unhealthy"]);
  assertStringIncludes(nodeFindings(cluster([sick]))[0]!.text, "NOK - no space");
  assertEquals(told(cluster([node({ first: failure("status 401") })])), ["warning nsqd-mute"]);
});

Deno.test("nodeFindings() tells announced addresses that do not work or lead to somebody else", () => {
  const dials = [
    { address: "pod-7:4150", failure: "no such host" },
    { address: "pod-7:4151", failure: "no such host" },
  ];
  const lost = node({ dials, announced: undefined });
  assertEquals(told(cluster([lost])), Array(2).fill("error broadcast-unreachable"));
  const other = node({ announced: info({ hostname: "two" }) });
  assertEquals(told(cluster([other])), ["error broadcast-misleading"]);
});

Deno.test("nodeFindings() tells clocks by how far they are away, in both directions", () => {
  for (
    const [aheadMs, expected] of [
      [2_900, []],
      [-5_000, ["warning clock"]],
      [61_000, ["error clock"]],
      [undefined, []],
    ] as const
  ) {
    assertEquals(told(cluster([node({ clockAheadMs: aheadMs })])), [...expected]);
    assertEquals(told(cluster([], [lookupd([], { clockAheadMs: aheadMs })])), [...expected]);
  }
  const [finding] = nodeFindings(cluster([node({ clockAheadMs: -5_000 })]));
  assertStringIncludes(finding!.text, "5 s behind");
});

Deno.test("nodeFindings() tells a disk that fills up", () => {
  const GIB = 1024 ** 3;
  const disk = (freeBytes: number, totalBytes: number) =>
    told(cluster([node({ disk: { dataPath: "/data", freeBytes, totalBytes } })]));
  assertEquals(disk(50 * GIB, 100 * GIB), []);
  assertEquals(disk(9 * GIB, 100 * GIB), ["warning disk"]);
  assertEquals(disk(GIB / 2, GIB), ["warning disk"]);
  assertEquals(disk(GIB / 16, 100 * GIB), ["error disk"]);
  const itself = (freeBytes: number) =>
    told(cluster([node({ second: answer(nsqd([], { freeBytes })) })]));
  assertEquals([itself(2 * GIB), itself(GIB / 2)], [[], ["warning disk"]]);
});

Deno.test("nodeFindings() notes different versions", () => {
  const other = node({ address: "10.0.0.2:4151", info: answer(info({ version: "1.3.0" })) });
  const facts = cluster([node(), { ...other, announced: undefined }]);
  assertEquals(told(facts), ["note versions"]);
  assertStringIncludes(nodeFindings(facts)[0]!.text, "1.3.0 on 10.0.0.2:4151");
});
