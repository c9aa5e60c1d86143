// /pub and /mpub: what reaches the topic, what is left behind by a request that fails.

import { assertEquals } from "@std/assert";
import { bytesOf, byteString } from "../../src/base/byte_string.ts";
import type { Batch } from "../../src/queue/batch.ts";
import type { Sink } from "../../src/queue/consumer.ts";
import { Consumer } from "../../src/queue/consumer.ts";
import { clientStats, TestHost } from "./test_host.ts";

/** Subscribes a client that remembers the bodies it is given, and returns them. */
function collect(host: TestHost, topicName: string): string[] {
  const bodies: string[] = [];
  const sink: Sink = {
    nextOffset: 0,
    hasRoom: true,
    send(batch: Batch, index: number, _offset: number, count: number): number {
      for (let each = index; each < index + count; each++) {
        bodies.push(byteString(batch.extract(each).bytes, 4));
      }
      const isLast = index + count === batch.count;
      this.nextOffset = isLast ? batch.bytes.length : batch.offsetOf(index + count);
      return count;
    },
    close() {},
    describe: () => clientStats(),
  };
  const topic = host.topics.topic(topicName, host.clock.wallMs());
  const channel = host.topics.channel(topic, "c");
  const consumer = new Consumer(sink, { messageTimeoutMs: 60_000, sampleRate: 0, locality: 2 });
  channel.addConsumer(consumer);
  channel.setReadyCount(consumer, 1_000_000);
  host.settle();
  return bodies;
}

/** A body whose length the server is not told. */
function inPieces(...pieces: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(pieces.map(bytesOf));
}

async function outcome(asked: Promise<Response>): Promise<string> {
  const reply = await asked;
  return `${reply.status} ${await reply.text()}`;
}

Deno.test("POST /pub delivers the body as one message", async () => {
  const host = new TestHost();
  const bodies = collect(host, "t");
  const reply = await host.ask("POST", "/pub?topic=t", "hello");
  host.settle();
  assertEquals([reply.status, await reply.text()], [200, "OK"]);
  assertEquals(Object.fromEntries(reply.headers), {
    "content-type": "text/plain; charset=utf-8",
    "x-nsq-content-type": "nsq; version=1.0",
  });
  assertEquals(bodies, ["hello"]);
  assertEquals(host.lines, []);
});

Deno.test("POST /pub takes exactly max-msg-size bytes, announced or in chunks", async () => {
  const host = new TestHost({ maxMsgSize: 20 });
  const bodies = collect(host, "t");
  const largest = "x".repeat(20);
  assertEquals(await outcome(host.ask("POST", "/pub?topic=t", largest)), "200 OK");
  assertEquals(await outcome(host.askChunked("/pub?topic=t", inPieces(largest))), "200 OK");
  const halves = inPieces(largest.slice(0, 7), largest.slice(7));
  assertEquals(await outcome(host.askChunked("/pub?topic=t", halves)), "200 OK");
  const tooBig = inPieces(largest, "x", "never read");
  assertEquals(
    await outcome(host.askChunked("/pub?topic=t", tooBig)),
    `413 {"message":"MSG_TOO_BIG"}`,
  );
  host.settle();
  assertEquals(bodies, [largest, largest, largest]);
});

Deno.test("POST /pub takes a body of several megabytes whole", async () => {
  const host = new TestHost({ maxMsgSize: 3_000_000 });
  const bodies = collect(host, "t");
  const large = Array.from({ length: 300_000 }, (_, index) => `${index}`).join(" ");
  assertEquals(await outcome(host.ask("POST", "/pub?topic=t", large)), "200 OK");
  host.settle();
  assertEquals(bodies[0] === large, true);
});

Deno.test("POST /pub reads no further than max-msg-size + 1 bytes", async () => {
  const host = new TestHost({ maxMsgSize: 100 });
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(60));
    },
  }, { highWaterMark: 0 });
  const reply = await host.askChunked("/pub?topic=t", endless);
  assertEquals([reply.status, pulled], [413, 2]);
});

Deno.test("POST /pub answers 500 when the client breaks off", async () => {
  const host = new TestHost();
  const broken = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      controller.error(new Error("gone"));
    },
  });
  const reply = await host.askChunked("/pub?topic=t", broken);
  assertEquals([reply.status, await reply.text()], [500, `{"message":"INTERNAL_ERROR"}`]);
  assertEquals(host.topics.get("t"), undefined);
});

Deno.test("POST /pub creates the topic before it looks at defer, but not for an empty body", async () => {
  const host = new TestHost();
  await host.ask("POST", "/pub?topic=late&defer=soon", "x");
  await host.ask("POST", "/pub?topic=empty", "");
  assertEquals([...host.topics.all.keys()], ["late"]);
});

Deno.test("POST /pub with defer delivers after so many milliseconds", async () => {
  const host = new TestHost();
  const bodies = collect(host, "t");
  await host.ask("POST", "/pub?topic=t&defer=700", "later");
  await host.ask("POST", "/pub?topic=t&defer=0", "now");
  host.settle();
  assertEquals(bodies, ["now"]);
  const channel = host.topics.get("t")!.channels.get("c")!;
  assertEquals(channel.deferredCount, 1);
  host.clock.elapsedMs = 700;
  host.topics.tick(700);
  host.settle();
  assertEquals(bodies, ["now", "later"]);
});

Deno.test("POST /pub takes a defer whose nanoseconds wrap around 64 bits", async () => {
  const host = new TestHost();
  assertEquals(
    await outcome(host.ask("POST", "/pub?topic=t&defer=18446744073710", "x")),
    "200 OK",
  );
  assertEquals(await outcome(host.ask("POST", "/pub?topic=t&defer=3600000", "x")), "200 OK");
  assertEquals(host.topics.get("t")!.depth, 2);
});

Deno.test("POST /pub takes a defer with a sign, as long as it is no less than zero", async () => {
  const host = new TestHost();
  for (const defer of ["%2B1", "-0", "%2B0"]) {
    assertEquals(await outcome(host.ask("POST", `/pub?topic=t&defer=${defer}`, "x")), "200 OK");
  }
  for (const defer of ["-1", "+1", "%2B", "-", "--1", "%2B-1"]) {
    const reply = await host.ask("POST", `/pub?topic=t&defer=${defer}`, "x");
    assertEquals([reply.status, await reply.json()], [400, { message: "INVALID_DEFER" }], defer);
  }
});

Deno.test("POST /pub takes the first topic, and escapes in name and value", async () => {
  const host = new TestHost();
  await host.ask("POST", "/pub?topic=one&topic=b%20d", "x");
  await host.ask("POST", "/pub?&&t%6Fpic=tw%6F&", "x");
  await host.ask("POST", "/pub?topic=three%23ephemeral", "x");
  assertEquals([...host.topics.all.keys()], ["one", "two", "three#ephemeral"]);
});

for (
  const [body, expected] of [
    ["one\ntwo\nthree", ["one", "two", "three"]],
    ["\n\na\n\nb\n\n", ["a", "b"]],
    ["a\r\n\r\nb", ["a\r", "\r", "b"]],
    ["", []],
    ["\n\n", []],
  ] as const
) {
  Deno.test(`POST /mpub splits ${JSON.stringify(body)} into lines, however it arrives`, async () => {
    const host = new TestHost();
    const bodies = collect(host, "t");
    assertEquals(await outcome(host.ask("POST", "/mpub?topic=t", body)), "200 OK");
    assertEquals(await outcome(host.askChunked("/mpub?topic=t", inPieces(...body))), "200 OK");
    host.settle();
    assertEquals(bodies, [...expected, ...expected]);
  });
}

Deno.test("POST /mpub lets others have their turns while a large body is read", async () => {
  const host = new TestHost({ maxBodySize: 4_000_000 });
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const piece = new TextEncoder().encode("x\n".repeat(32_768));
  // All of it is there already, and each piece takes so long that every second one ends a slice of 5 ms.
  let left = 40;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      host.clock.elapsedMs += 3;
      if (left-- > 0) controller.enqueue(piece);
      else controller.close();
    },
  });
  assertEquals(await outcome(host.askChunked("/mpub?topic=t", body)), "200 OK");
  clearInterval(timer);
  assertEquals(turns >= 15, true, `${turns} turns for 120 ms of work`);
});

Deno.test("POST /mpub splits a large body as the plain way does", async () => {
  const host = new TestHost({ memQueueSize: 100_000 });
  const bodies = collect(host, "t");
  const lines = Array.from({ length: 20_000 }, (_, index) => "x".repeat(index % 90) + index);
  assertEquals(await outcome(host.ask("POST", "/mpub?topic=t", lines.join("\n"))), "200 OK");
  host.settle();
  assertEquals(bodies, lines);
});

for (
  const [pieces, expected] of [
    [["1234567890\n".repeat(5)], "BODY_TOO_BIG"],
    [[`${"1234567890\n".repeat(4)}12345`], "OK"],
    [[`${"1234567890\n".repeat(4)}1234`, "5\n"], "BODY_TOO_BIG"],
    [["12345678901", "x".repeat(100)], "BODY_TOO_BIG"],
    [["12345678901\n", "x".repeat(100)], "MSG_TOO_BIG"],
    [["1234567890\n".repeat(3), "12345678901"], "MSG_TOO_BIG"],
    [["\n".repeat(49)], "OK"],
    [["\n".repeat(50)], "BODY_TOO_BIG"],
  ] as const
) {
  Deno.test(`POST /mpub in chunks ${JSON.stringify(pieces)} is ${expected}`, async () => {
    const host = new TestHost({ maxMsgSize: 10, maxBodySize: 49 });
    const reply = await host.askChunked("/mpub?topic=t", inPieces(...pieces));
    const text = await reply.text();
    assertEquals(text.includes(expected), true, text);
    if (expected !== "OK") assertEquals(host.topics.get("t")?.messageCount, 0);
  });
}

const BATCH = "\0\0\0\x03\0\0\0\x03one\0\0\0\x02\n\0\0\0\0\x05three";

for (const value of ["true", "1", "yes", "", "TRUE"]) {
  Deno.test(`POST /mpub with binary=${value} takes a batch`, async () => {
    const host = new TestHost();
    const bodies = collect(host, "t");
    const target = `/mpub?topic=t&binary=${value}`;
    assertEquals(await outcome(host.ask("POST", target, BATCH)), "200 OK");
    assertEquals(await outcome(host.askChunked(target, inPieces(BATCH + "ignored"))), "200 OK");
    host.settle();
    assertEquals(bodies, ["one", "\n\0", "three", "one", "\n\0", "three"]);
    const isOdd = value !== "true" && value !== "1";
    assertEquals(host.lines.filter((line) => line.startsWith("WARN ")).length, isOdd ? 2 : 0);
  });
}

Deno.test("POST /mpub bounds a binary body in chunks by max-body-size", async () => {
  const host = new TestHost({ maxBodySize: 40 });
  const target = "/mpub?topic=t&binary=true";
  const reply = await host.askChunked(target, inPieces(BATCH, "x".repeat(100)));
  assertEquals(await reply.text(), `{"message":"BODY_TOO_BIG"}`);
});

Deno.test("POST /mpub answers EXITING when the topic is deleted while the body arrives", async () => {
  const host = new TestHost();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      host.topics.delete(host.topics.get("t")!);
      controller.enqueue(bytesOf("one\ntwo"));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const reply = await host.askChunked("/mpub?topic=t", body);
  assertEquals([reply.status, await reply.text()], [503, `{"message":"EXITING"}`]);
  assertEquals(host.topics.all.size, 0);
});

Deno.test("POST /mpub reaches an ephemeral topic that went with its last channel while the body arrived", async () => {
  const host = new TestHost();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      host.topics.delete(host.topics.get("t#ephemeral")!);
      controller.enqueue(bytesOf("one\ntwo"));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const reply = await host.askChunked("/mpub?topic=t%23ephemeral", body);
  assertEquals(reply.status, 200);
  assertEquals(host.topics.get("t#ephemeral")?.depth, 2);
});
