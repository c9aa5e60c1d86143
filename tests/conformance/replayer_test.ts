/**
 * The replayer finds what differs and nothing else.
 *
 * A scripted listener stands for the daemon, so that its mistakes can be chosen.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { CasePool } from "./case_pool.ts";
import { Daemon } from "./daemon.ts";
import { exchange, requestBytes } from "./http_exchange.ts";
import { PACES } from "./pace.ts";
import { replay } from "./replay.ts";
import { type CaseResult, describeResult, replayCase } from "./replayer.ts";
import { mayShareDaemon } from "./shared_daemon.ts";
import type { Case, Json, RecordedStep } from "./vectors.ts";

const OK_FRAME = Uint8Array.fromHex("00000006000000004f4b");

/** Answers each connection's first bytes with the given bytes, then closes it. */
class ScriptedListener implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;
  readonly port = (this.#listener.addr as Deno.NetAddr).port;

  constructor(answer: Uint8Array) {
    this.#serving = this.#serve(answer);
  }

  async #serve(answer: Uint8Array): Promise<void> {
    for await (const socket of this.#listener) {
      await socket.read(new Uint8Array(65536));
      await socket.write(answer);
      socket.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }
}

function caseOf(...steps: Record<string, Json>[]): Case {
  return { name: "made.up", about: "", tags: [], steps: steps as unknown as RecordedStep[] };
}

const START = { op: "start", daemon: "nsqd", kind: "nsqd", flags: [], expect: "ready" };
const CONNECT = { op: "connect", conn: "c1", to: "nsqd", framing: "v2", expect: "connected" };
const PUBLISH = { op: "send", conn: "c1", data: [{ text: "PUB t\n" }], expect: "sent" };
const RECEIVE_OK = { op: "recv", conn: "c1", expect: { response: "OK" } };
const CLOSED = { op: "expect_close", conn: "c1", expect: "closed" };

async function replayAgainst(answer: Uint8Array, recorded: Case): Promise<CaseResult> {
  await using listener = new ScriptedListener(answer);
  const daemon = new Daemon("nsqd", "/", "/");
  daemon.ports.set("tcp", listener.port);
  daemon.ports.set("http", listener.port);
  return await replayCase(recorded, daemon);
}

Deno.test("replayCase() finds nothing to report in a conversation that went as recorded", async () => {
  const recorded = caseOf(START, CONNECT, PUBLISH, RECEIVE_OK, CLOSED);
  assertEquals((await replayAgainst(OK_FRAME, recorded)).differences, []);
});

Deno.test("replayCase() reports the step, what was expected and what came", async () => {
  const wrong = caseOf(START, CONNECT, PUBLISH, { ...RECEIVE_OK, expect: { error: "E_BAD" } });
  const result = await replayAgainst(OK_FRAME, wrong);
  assertEquals(result.differences.map(({ stepNumber, got }) => [stepNumber, got]), [
    [4, { response: "OK" }],
  ]);
  assertStringIncludes(describeResult(result), 'expected {"error":"E_BAD"}');
});

Deno.test("replayCase() goes no further once the daemon has closed too early", async () => {
  const cut = OK_FRAME.subarray(0, 7);
  const twice = caseOf(START, CONNECT, PUBLISH, CLOSED, RECEIVE_OK, RECEIVE_OK);
  const result = await replayAgainst(cut, twice);
  assertEquals(result.differences.map(({ stepNumber, got }) => [stepNumber, got]), [
    [4, { truncated: { hex: "00000006000000" } }],
    [5, { truncated: { hex: "00000006000000" } }],
    [6, { truncated: { hex: "00000006000000" } }],
  ]);
  const never = await replayAgainst(new Uint8Array(), twice);
  assertEquals(never.differences.map(({ stepNumber, got }) => [stepNumber, got]), [[5, "closed"]]);
});

Deno.test("replayCase() reports a step that it cannot play", async () => {
  const result = await replayCase(caseOf({ op: "dance", expect: "danced" }));
  assertEquals(result.differences.map(({ got }) => got), [
    { failed: "Error: The replayer cannot play the step dance." },
  ]);
});

Deno.test("replayCase() compares headers, status and JSON of an HTTP reply", async () => {
  const answer = new TextEncoder().encode(
    "HTTP/1.1 404 Not Found\r\nContent-Type: application/json; charset=utf-8\r\n" +
      'Content-Length: 13\r\nDate: now\r\n\r\n{"message":1}',
  );
  const request = { op: "http", to: "nsqd", method: "GET", target: "/x" };
  const expect = { status: 404, "content-type": "application/json; charset=utf-8" };
  const right = caseOf(START, { ...request, expect: { ...expect, json: { message: 1 } } });
  assertEquals((await replayAgainst(answer, right)).differences, []);
  const wrong = caseOf(START, { ...request, expect: { ...expect, json: { message: "1" } } });
  assertStringIncludes(describeResult(await replayAgainst(answer, wrong)), "at json/message");
});

Deno.test("exchange() reads pipelined replies, chunked and by length", async () => {
  const answer = new TextEncoder().encode(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
      "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
  );
  await using listener = new ScriptedListener(answer);
  const replies = await exchange({ port: listener.port }, OK_FRAME, { count: 5 });
  const seen = replies.map(({ status, body, isComplete }) => [
    status,
    new TextDecoder().decode(body),
    isComplete,
  ]);
  assertEquals(seen, [[200, "abcde", true], [204, "", true], [200, "cut", false]]);
});

Deno.test("requestBytes() sends the target and the headers as they are given", () => {
  const request = { method: "POST", target: "/pub?topic=%zz", headers: { Host: "h" } };
  const body = new TextEncoder().encode("hi");
  const bytes = requestBytes({ ...request, body, isChunked: true, version: "1.0" });
  assertEquals(
    new TextDecoder().decode(bytes),
    "POST /pub?topic=%zz HTTP/1.0\r\nConnection: close\r\nHost: h\r\n" +
      "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
  );
});

Deno.test("mayShareDaemon() refuses cases that could notice each other", () => {
  const alive = { op: "alive", expect: { nsqd: true } };
  const stats = {
    op: "http",
    to: "nsqd",
    method: "GET",
    target: "/stats",
    expect: { status: 200 },
  };
  const ready = { op: "send", conn: "c1", data: [{ text: "RDY 1\n" }], expect: "sent" };
  const flagged = { ...START, flags: ["--max-msg-size=1"] };
  assertEquals(mayShareDaemon(caseOf(START, CONNECT, PUBLISH, RECEIVE_OK, alive)), true);
  assertEquals(mayShareDaemon(caseOf(flagged, CONNECT, PUBLISH, RECEIVE_OK, alive)), false);
  assertEquals(mayShareDaemon(caseOf(START, stats, alive)), false);
  assertEquals(mayShareDaemon(caseOf(START, CONNECT, ready, alive)), false);
  assertEquals(mayShareDaemon(caseOf(START, CONNECT, PUBLISH)), false);
});

Deno.test("CasePool plays one case alone, and ahead only when asked in a row", async () => {
  const cases = Array.from({ length: 10 }, (_, index) => ({ ...caseOf(), name: `${index}` }));
  const played: string[] = [];
  const play = ({ name }: Case) => {
    played.push(name);
    return Promise.resolve({ name, differences: [], tookMs: 0, daemonOutput: "" });
  };
  const pool = new CasePool(cases, 2, play);
  assertEquals((await pool.result(5)).name, "5");
  assertEquals(played, ["5"]);
  await pool.result(6);
  await pool.result(7);
  assertEquals(played.slice(0, 3), ["5", "6", "7"]);
  assertEquals(new Set(played), new Set(["5", "6", "7", "8", "9"]));
  assertEquals(played.length, 5);
  await pool.close();
});

Deno.test("CasePool plays slow cases beside the others, whose turns are all taken", async () => {
  const slowName = PACES[0].name;
  const cases = ["a", "b", "c", slowName].map((name) => ({ ...caseOf(), name }));
  const slowIsPlayed = Promise.withResolvers<void>();
  const play = async ({ name }: Case) => {
    if (name === slowName) slowIsPlayed.resolve();
    else await slowIsPlayed.promise;
    return { name, differences: [], tookMs: 0, daemonOutput: "" };
  };
  const pool = new CasePool(cases, 1, play);
  const names: string[] = [];
  await pool.playAll(({ name }) => names.push(name));
  assertEquals(new Set(names), new Set(cases.map(({ name }) => name)));
  await pool.close();
});

Deno.test("CasePool begins slow cases early once many were asked for in a row", async () => {
  const slowName = PACES[0].name;
  const names = [...Array.from({ length: 60 }, (_, index) => `${index}`), slowName];
  const played: string[] = [];
  const play = ({ name }: Case) => {
    played.push(name);
    return Promise.resolve({ name, differences: [], tookMs: 0, daemonOutput: "" });
  };
  const pool = new CasePool(names.map((name) => ({ ...caseOf(), name })), 2, play);
  for (let index = 0; index < 20; index++) await pool.result(index);
  assertEquals(played.includes(slowName), true);
  assertEquals(played.includes("59"), false);
  await pool.close();
});

Deno.test("replay() counts what it played and what it left out", async () => {
  const lines: string[] = [];
  const failedCount = await replay(
    ["--only", "^disk.queue.no_meta_file"],
    (line) => lines.push(line),
  );
  assertEquals(failedCount, 0);
  assertEquals(lines.map((line) => line.split(".")[0]), [
    "left out: 1 case",
    "0 passed, 0 failed",
  ]);
});
