// Frames counted however the bytes are split.

import { assertEquals } from "@std/assert";
import { FrameCounter } from "../../src/bench/frame_counter.ts";
import { joinedBytes } from "../../src/base/joined_bytes.ts";
import { frame, messageFrame, textFrame } from "./frames.ts";

const decoder = new TextDecoder();
const stream = joinedBytes([
  textFrame(0, "OK"),
  messageFrame("0123456789abcdef", new Uint8Array(200)),
  textFrame(0, "_heartbeat_"),
  messageFrame("fedcba9876543210", Uint8Array.of(1)),
  textFrame(0, "CLOSE_WAIT"),
  textFrame(0, "OK"),
]);
const replies = "FIN 0123456789abcdef\nNOP\nFIN fedcba9876543210\n";

/** Gives `bytes` to the counter; returns the replies it owes for them. */
function feed(counter: FrameCounter, bytes: Uint8Array): string {
  counter.space().set(bytes);
  counter.accept(bytes.length);
  return decoder.decode(counter.replies());
}

function newCounter(bufferBytes = 1024) {
  return new FrameCounter({ bufferBytes, finishes: true });
}

Deno.test("FrameCounter counts frames and owes FINs and NOPs in their order", () => {
  const counter = newCounter();
  const owed = feed(counter, stream);
  assertEquals({ owed, oks: counter.oks, messages: counter.messages, failure: counter.failure }, {
    owed: replies,
    oks: 2,
    messages: 2,
    failure: null,
  });
});

Deno.test("FrameCounter counts the same wherever the bytes are split", () => {
  for (let split = 0; split <= stream.length; split++) {
    const counter = newCounter();
    const owed = feed(counter, stream.subarray(0, split)) + feed(counter, stream.subarray(split));
    assertEquals([split, owed, counter.oks, counter.messages], [split, replies, 2, 2]);
  }
});

Deno.test("FrameCounter counts the same byte by byte", () => {
  const counter = newCounter();
  let owed = "";
  for (let at = 0; at < stream.length; at++) owed += feed(counter, stream.subarray(at, at + 1));
  assertEquals([owed, counter.oks, counter.messages], [replies, 2, 2]);
});

Deno.test("FrameCounter skips bodies larger than its buffer", () => {
  const counter = newCounter();
  const bytes = joinedBytes([
    messageFrame("0123456789abcdef", new Uint8Array(5000)),
    textFrame(0, "OK"),
  ]);
  let owed = "";
  for (let at = 0; at < bytes.length;) {
    const part = bytes.subarray(at, at + counter.space().length);
    owed += feed(counter, part);
    at += part.length;
  }
  assertEquals([owed, counter.oks, counter.messages], ["FIN 0123456789abcdef\n", 1, 1]);
});

Deno.test("FrameCounter.failure is the first error's text", () => {
  const counter = newCounter();
  feed(counter, joinedBytes([textFrame(1, "E_FIN_FAILED FIN x"), textFrame(1, "E_BAD_TOPIC y")]));
  assertEquals(counter.failure, "E_FIN_FAILED FIN x");
});

Deno.test("FrameCounter.failure says that the stream makes no sense", () => {
  const counter = newCounter();
  feed(counter, frame(7, new Uint8Array(3)));
  assertEquals(counter.failure, "the server sent a frame of type 7 and size 7");
});

Deno.test("FrameCounter gives the place of each body, however it is split", () => {
  const body = new Uint8Array(8);
  new DataView(body.buffer).setFloat64(0, 1234.5);
  const bytes = messageFrame("0123456789abcdef", body);
  for (let split = 0; split <= bytes.length; split++) {
    const seen: number[] = [];
    const counter = new FrameCounter({
      bufferBytes: 1024,
      finishes: false,
      onMessage: (view, bodyAt) => seen.push(view.getFloat64(bodyAt)),
    });
    const owed = feed(counter, bytes.subarray(0, split)) + feed(counter, bytes.subarray(split));
    assertEquals([owed, seen], ["", [1234.5]]);
  }
});
