// What doctor says of registrations, and how the whole reads.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runDoctor } from "../../../src/tools/doctor/doctor.ts";
import type { ClusterFacts } from "../../../src/tools/doctor/facts.ts";
import { exitCodeOf, type Finding } from "../../../src/tools/doctor/finding.ts";
import { lookupFindings } from "../../../src/tools/doctor/lookup_findings.ts";
import { reportJson, reportText } from "../../../src/tools/doctor/report.ts";
import { nsqd, topic } from "../cluster/nsqd_documents.ts";
import { FakeStreams } from "../fake_streams.ts";
import { answer, cluster, lookupd, node, registered } from "./cluster_facts.ts";

function told(facts: ClusterFacts): string[] {
  return lookupFindings(facts).map(({ severity, code }) => `${severity} ${code}`);
}

Deno.test("lookupFindings() has nothing to say where all is registered, or nothing is looked up", () => {
  assertEquals(told(cluster([node()], [lookupd([registered()])])), []);
  assertEquals(told(cluster([node()])), []);
});

Deno.test("lookupFindings() finds an nsqd by the address it was asked at, or by the one it announces", () => {
  const elsewhere = node({ address: "127.0.0.1:9" });
  assertEquals(told(cluster([elsewhere], [lookupd([registered()])])), []);
});

Deno.test("lookupFindings() tells nsqds that no nsqlookupd knows, or only some", () => {
  const stranger = registered({ broadcastAddress: "10.0.0.9" });
  assertEquals(told(cluster([node()], [lookupd([stranger])])), ["warning nsqd-unregistered"]);
  const second = lookupd([stranger], { address: "10.0.0.6:4161" });
  const facts = cluster([node()], [lookupd([registered()]), second]);
  assertEquals(told(facts), ["warning lookupd-disagreement"]);
  assertStringIncludes(lookupFindings(facts)[0]!.text, "not with 10.0.0.6:4161");
});

Deno.test("lookupFindings() tells an nsqlookupd without nsqds", () => {
  assertEquals(told(cluster([], [lookupd([])])), ["warning lookupd-empty"]);
});

Deno.test("lookupFindings() tells what an nsqlookupd cannot reach, and addresses that several announce", () => {
  const facts = cluster([], [
    lookupd([registered({ unreachable: "refused" }), registered({ remoteAddress: "10.0.0.2:1" })]),
  ]);
  assertEquals(told(facts), ["error lookupd-cannot-reach", "error broadcast-shared"]);
});

Deno.test("lookupFindings() compares topics, and only those that were there at both looks", () => {
  const first = answer(nsqd([topic("old", []), topic("going", [])]));
  const second = answer(nsqd([topic("old", []), topic("new", [])]));
  const known = registered({ topics: ["stale", "going"], tombstonedTopics: ["stale"] });
  const findings = lookupFindings(cluster([node({ first, second })], [lookupd([known])]));
  assertEquals(findings.map(({ code }) => code), [
    "tombstone",
    "topic-unregistered",
    "topic-stale",
  ]);
  assertStringIncludes(findings[1]!.text, "topic old");
  assertStringIncludes(findings[2]!.text, "topic stale, ");
});

function finding(given: Partial<Finding> = {}): Finding {
  return { severity: "note", code: "c", subject: "s", text: "t", remedy: "r", ...given };
}

Deno.test("exitCodeOf() is the worst that was found", () => {
  assertEquals(exitCodeOf([]), 0);
  assertEquals(exitCodeOf([finding()]), 0);
  assertEquals(exitCodeOf([finding(), finding({ severity: "warning" })]), 1);
  assertEquals(exitCodeOf([finding({ severity: "error" }), finding()]), 2);
});

Deno.test("reportText() puts the worst first, a remedy once, and counts", () => {
  const many = Array.from({ length: 12 }, (_, index) => finding({ subject: `s${index}` }));
  const text = reportText(cluster([node()]), [...many, finding({ severity: "error", code: "e" })]);
  const lines = text.split("\n");
  assertEquals(lines[0], "1 nsqd, 0 nsqlookupds, 0 topics, 0 channels; watched for 3.0 s");
  assertEquals(lines.findIndex((line) => line.startsWith("ERROR")), 3);
  assertEquals(text.match(/-> r/g)?.length, 2);
  assertStringIncludes(text, "and 2 more like these");
  assertStringIncludes(text, "\n1 error, 0 warnings, 12 notes\n");
  assertStringIncludes(reportText(cluster([node()]), []), "\nnothing is wrong\n");
});

Deno.test("reportJson() has every finding and the exit code", () => {
  const document = JSON.parse(reportJson(cluster([node()]), [finding({ severity: "warning" })]));
  assertEquals([document.exit_code, document.findings.length], [1, 1]);
  assertEquals(document.nsqds[0].clock_ahead_ms, 200);
});

Deno.test("doctor ends with 3 when nothing could be looked at or the flags make no sense", async () => {
  for (
    const words of [
      ["--nsqd-http-address=127.0.0.1:1", "--observe=0s"],
      ["--nsqd-http-address=nonsense"],
      ["--what"],
      ["more"],
    ]
  ) {
    assertEquals(await runDoctor(words, new FakeStreams()), 3, words.join(" "));
  }
  assertEquals(await runDoctor(["--help"], new FakeStreams()), 0);
});
