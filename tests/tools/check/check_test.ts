// Limits, verdicts and the line that monitoring systems read.

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { OptionError } from "../../../src/options/option_error.ts";
import { answerJson, answerLine } from "../../../src/tools/check/answer_text.ts";
import { runCheck } from "../../../src/tools/check/check.ts";
import { thresholdsOf } from "../../../src/tools/check/thresholds.ts";
import { verdictOf } from "../../../src/tools/check/verdict.ts";
import type { NsqdStats } from "../../../src/tools/cluster/nsqd_stats.ts";
import { channel, nsqd, topic } from "../cluster/nsqd_documents.ts";
import { FakeStreams } from "../fake_streams.ts";

const ALL = { topic: "", channel: "" };

function stats(...nsqds: NsqdStats[]) {
  return { nsqds: new Map(nsqds.map((each, index) => [`n${index}:1`, each])), silent: [] };
}

function one(given: Parameters<typeof channel>[1]): NsqdStats {
  return nsqd([topic("t", [channel("c", { clientCount: 2, ...given })])]);
}

function judged(given: NsqdStats[], warning: string[], critical: string[] = [], selection = ALL) {
  const { state, problems } = verdictOf(
    stats(...given),
    selection,
    thresholdsOf(warning, critical),
  );
  return [state, ...problems.map(({ text }) => text)];
}

Deno.test("thresholdsOf() reads numbers and durations", () => {
  const { warning, critical } = thresholdsOf(["depth=10", "age=1m30s"], [
    "consumers=0",
    "depth=11",
  ]);
  assertEquals([warning, critical], [{ depth: 10, age: 90 }, { consumers: 0, depth: 11 }]);
});

Deno.test("thresholdsOf() refuses unknown names, bad limits, and a warning behind the alarm", () => {
  for (
    const text of ["dept=1", "depth", "depth=", "depth=-1", "depth=1.5", "age=5", "age=x", "=1"]
  ) {
    assertThrows(() => thresholdsOf([text], []), OptionError);
  }
  assertThrows(() => thresholdsOf(["depth=10"], ["depth=5"]), OptionError, "reached before");
  assertThrows(() => thresholdsOf(["consumers=1"], ["consumers=2"]), OptionError, "reached before");
  thresholdsOf(["consumers=2", "depth=5"], ["consumers=1", "depth=5"]);
});

Deno.test("verdictOf() is OK at the limit and not beyond it", () => {
  assertEquals(judged([one({ depth: 10 })], ["depth=10"]), ["OK"]);
  assertEquals(judged([one({ depth: 11 })], ["depth=10"]), [
    "WARNING",
    "t/c: depth 11 is above 10",
  ]);
  assertEquals(judged([one({ depth: 11 })], ["depth=1"], ["depth=10"])[0], "CRITICAL");
  assertEquals(judged([one({})], ["consumers=2"]), ["OK"]);
  assertEquals(judged([one({})], ["consumers=3"]), ["WARNING", "t/c: consumers 2 is below 3"]);
  assertEquals(judged([one({ inFlight: 2, deferred: 3 })], ["in_flight=1", "deferred=1"]), [
    "WARNING",
    "t/c: in flight 2 is above 1",
    "t/c: deferred 3 is above 1",
  ]);
});

Deno.test("verdictOf() adds depths up over nsqds, but takes the nsqd with the fewest consumers", () => {
  const nsqds = [one({ depth: 6 }), one({ depth: 6, clientCount: 0 })];
  assertEquals(judged(nsqds, ["depth=11"], ["consumers=1"]), [
    "CRITICAL",
    "t/c: consumers 0 is below 1",
    "t/c: depth 12 is above 11",
  ]);
});

Deno.test("verdictOf() is UNKNOWN where an age is limited that nobody tells, or a name is not there", () => {
  const old = (oldestAgeMs: number | undefined) => one({ depth: 1, oldestAgeMs });
  assertEquals(judged([old(undefined)], ["age=1m"])[0], "UNKNOWN");
  assertEquals(judged([old(59_000)], ["age=1m"]), ["OK"]);
  assertEquals(judged([old(61_000), old(3)], ["age=1m"]), ["WARNING", "t/c: age 61s is above 60s"]);
  assertEquals(judged([one({})], ["age=1m"]), ["OK"]);
  assertEquals(judged([one({})], [], [], { topic: "x", channel: "" })[0], "UNKNOWN");
  assertEquals(judged([one({})], [], [], { topic: "t", channel: "x" }), [
    "UNKNOWN",
    "there is no channel t/x",
  ]);
  assertEquals(judged([], []), ["UNKNOWN", "there is no nsqd to ask"]);
});

Deno.test("verdictOf() is CRITICAL without any limit where a daemon is silent or sick", () => {
  const sick = { ...one({}), health: "NOK - no space" };
  assertEquals(judged([sick], []), ["CRITICAL", "n0:1: NOK - no space"]);
  const silent = [{ address: "a:1", reason: "refused" }];
  const { state } = verdictOf({ ...stats(one({})), silent }, ALL, thresholdsOf([], []));
  assertEquals(state, "CRITICAL");
});

Deno.test("answerLine() is one line with performance data, whatever daemons say", () => {
  const thresholds = thresholdsOf(["depth=5", "consumers=1"], ["depth=10"]);
  const selection = { topic: "t", channel: "c" };
  const fine = verdictOf(stats(one({ depth: 3 })), selection, thresholds);
  assertEquals(
    answerLine(fine, selection, thresholds),
    "NSQ OK - 1 channel of 1 topic on 1 nsqd, at most 3 wait (t/c) | 't/c depth'=3;5;10;0 " +
      "'t/c consumers'=2;1:;;0 't/c in_flight'=0;;;0 't/c deferred'=0;;;0 nsqds=1;;;0\n",
  );
  const silent = [{ address: "a:1", reason: "it | said" }];
  const bad = answerLine(verdictOf({ ...stats(), silent }, ALL, thresholds), ALL, thresholds);
  assertStringIncludes(bad, "NSQ CRITICAL - a:1 does not answer: it / said; there is no nsqd");
  assertEquals([bad.split("|").length, bad.split("\n").length], [2, 2]);
});

Deno.test("answerLine() sums up what it would be too long to list", () => {
  const channels = Array.from({ length: 20 }, (_, index) => channel(`c${index}`, { depth: index }));
  const thresholds = thresholdsOf(["depth=1"], []);
  const verdict = verdictOf(stats(nsqd([topic("t", channels)])), ALL, thresholds);
  const line = answerLine(verdict, ALL, thresholds);
  assertStringIncludes(line, "; and 13 more | ");
  assertStringIncludes(line, "'depth_max'=19;1;;0 'consumers_min'=0;;;0");
  const document = JSON.parse(answerJson(verdict, thresholds));
  assertEquals([document.problems.length, document.queues.length, document.exit_code], [18, 21, 1]);
});

Deno.test("check ends with 3 and says so on its output when its flags make no sense", async () => {
  for (const words of [["--warning=x=1"], ["--channel=c"], ["--topic=a b"], ["--nope"], ["word"]]) {
    const streams = new FakeStreams();
    assertEquals(await runCheck(words, streams), 3, words.join(" "));
    assert(streams.outputText.startsWith("NSQ UNKNOWN - "));
  }
  assertEquals(await runCheck(["--version"], new FakeStreams()), 0);
});

Deno.test("check ends with 2 when nobody answers", async () => {
  const streams = new FakeStreams();
  assertEquals(await runCheck(["--nsqd-http-address=127.0.0.1:1"], streams), 2);
  assertStringIncludes(streams.outputText, "NSQ CRITICAL - 127.0.0.1:1 does not answer: ");
});
