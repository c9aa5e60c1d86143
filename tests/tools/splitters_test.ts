// Every way to cut an input into messages, with the input split at every byte.

import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, byteString } from "../../src/base/byte_string.ts";
import { LengthPrefixSplitter } from "../../src/tools/length_prefix_splitter.ts";
import { LineSplitter, parseDelimiter } from "../../src/tools/line_splitter.ts";
import { MalformedInput, type PieceSplitter } from "../../src/tools/piece_splitter.ts";
import { WholeInput } from "../../src/tools/piece_splitter.ts";

type Seen = [number, string, number][];

function split(splitter: PieceSplitter, ...chunks: string[]): Seen {
  const seen: Seen = [];
  const onPiece = (
    { number, body, totalBytes }: { number: number; body: Uint8Array; totalBytes: number },
  ) => {
    seen.push([number, byteString(body), totalBytes]);
  };
  for (const chunk of chunks) splitter.push(bytesOf(chunk), onPiece);
  splitter.end(onPiece);
  return seen;
}

/** The text in three parts, for every two places to cut it. */
function* splits(text: string): Iterable<[string, string, string]> {
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      yield [text.slice(0, first), text.slice(first, second), text.slice(second)];
    }
  }
}

Deno.test("LineSplitter keeps the last piece whole, counts empty ones, and does not mind chunks", () => {
  const text = "one\n\nthree\n\xff\x00\nlast";
  const expected: Seen = [[1, "one", 3], [3, "three", 5], [4, "\xff\x00", 2], [5, "last", 4]];
  for (const parts of splits(text)) {
    assertEquals(split(new LineSplitter(0x0a, 100), ...parts), expected);
  }
  assertEquals(split(new LineSplitter(0x0a, 100), "a\n"), [[1, "a", 1]]);
  assertEquals(split(new LineSplitter(0x0a, 100), ""), []);
});

Deno.test("LineSplitter lets go of pieces that are too long", () => {
  for (const parts of splits("ok\nfar too long\nok")) {
    const seen = split(new LineSplitter(0x0a, 5), ...parts);
    assertEquals(seen, [[1, "ok", 2], [2, "", 12], [3, "ok", 2]]);
  }
});

Deno.test("LengthPrefixSplitter takes pieces split at every byte", () => {
  const text = "\0\0\0\x03a\nb\0\0\0\0\0\0\0\x01c\0\0\0\x06longer";
  const expected: Seen = [[1, "a\nb", 3], [3, "c", 1], [4, "", 6]];
  for (const parts of splits(text)) {
    assertEquals(split(new LengthPrefixSplitter(5), ...parts), expected);
  }
});

Deno.test("LengthPrefixSplitter says which message is broken", () => {
  const broken = (text: string) => () => split(new LengthPrefixSplitter(5), text);
  assertThrows(broken("\0\0\0\x01a\xff\xff\xff\xff"), MalformedInput, "message 2 says it has -1");
  assertThrows(broken("\0\0\0\x01a\0\0\0\x02b"), MalformedInput, "message 2 is cut short");
  assertThrows(broken("\0\0"), MalformedInput, "message 1 is cut short");
});

Deno.test("WholeInput is one piece", () => {
  assertEquals(split(new WholeInput(100), "a\n", "b\n"), [[1, "a\nb\n", 4]]);
  assertEquals(split(new WholeInput(3), "a\n", "b\n"), [[1, "", 4]]);
  assertEquals(split(new WholeInput(3)), []);
});

Deno.test("parseDelimiter() takes one byte or an escape", () => {
  const bytes = ["\n", "\\n", "\\t", "\\0", "\\\\", "\\x1E", ",", "\\"].map(parseDelimiter);
  assertEquals(bytes, [10, 10, 9, 0, 0x5c, 0x1e, 0x2c, 0x5c]);
  assertEquals(["", "ab", "é", "\\q", "\\x1"].map(parseDelimiter), Array(5).fill(undefined));
});
