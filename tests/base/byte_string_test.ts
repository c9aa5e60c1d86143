// Byte strings: one character a byte, there and back.

import { assertEquals } from "@std/assert";
import { bytesOf, byteString, byteStringOfText, readableText } from "../../src/base/byte_string.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

Deno.test("byteString() and bytesOf() keep every byte", () => {
  assertEquals(bytesOf(byteString(ALL_BYTES)), ALL_BYTES);
  assertEquals(byteString(ALL_BYTES, 65, 68), "ABC");
  assertEquals(byteString(ALL_BYTES, 5, 5), "");
});

Deno.test("bytesOf() gives storage of its own each time", () => {
  bytesOf("a")[0] = 0;

  assertEquals(bytesOf("a"), Uint8Array.of(97));
});

Deno.test("byteStringOfText() is UTF-8, and readableText() the way back", () => {
  assertEquals(byteStringOfText("é€"), "\xc3\xa9\xe2\x82\xac");
  assertEquals(readableText(byteStringOfText("é€😀")), "é€😀");
});

Deno.test("readableText() leaves what is not UTF-8 as it is", () => {
  assertEquals(readableText("a\xffb"), "a\xffb");
});
