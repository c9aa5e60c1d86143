// Numbers of a command line: digits only, wrapping at 64 bits.

import { assertEquals } from "@std/assert";
import { bytesOf } from "../../src/base/byte_string.ts";
import { parseInt64, wrappedDurationMs } from "../../src/wire/int64.ts";

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function parse(text: string) {
  return parseInt64(bytesOf(`x${text}y`), 1, 1 + text.length);
}

test("parseInt64() reads digits, and nothing as 0", () => {
  assertEquals(parse(""), 0);
  assertEquals(parse("0"), 0);
  assertEquals(parse("007"), 7);
  assertEquals(parse("999999999999999"), 999_999_999_999_999);
});

test("parseInt64() refuses every other character", () => {
  for (const text of ["-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "a", "/", ":"]) {
    assertEquals(parse(text), undefined, text);
  }
  assertEquals(parse("1".repeat(30) + "x"), undefined);
});

test("parseInt64() is exact beyond 15 digits and wraps at 64 bits", () => {
  assertEquals(parse("1000000000000001"), 1_000_000_000_000_001n);
  assertEquals(parse("9223372036854775807"), 2n ** 63n - 1n);
  assertEquals(parse("9223372036854775808"), -(2n ** 63n));
  assertEquals(parse("18446744073709551615"), -1n);
  assertEquals(parse("18446744073709551617"), 1n);
  assertEquals(parse("0".repeat(40) + "5"), 5n);
});

test("wrappedDurationMs() keeps what fits 64 bits of nanoseconds", () => {
  for (const milliseconds of [0, 1, 3_600_000, 8_999_999_999_999]) {
    assertEquals(wrappedDurationMs(milliseconds), milliseconds);
  }
  assertEquals(wrappedDurationMs(9_223_372_036_854), 9_223_372_036_854);
});

test("wrappedDurationMs() wraps where nanoseconds overflow", () => {
  assertEquals(wrappedDurationMs(9_223_372_036_855) < 0, true);
  assertEquals(wrappedDurationMs(18_446_744_073_710), 0.448384);
  assertEquals(wrappedDurationMs(2n ** 62n), 0);
  assertEquals(wrappedDurationMs(-1n), -1);
});
