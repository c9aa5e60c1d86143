// Go's durations both ways; milliseconds in code.

import { assertEquals, assertThrows } from "@std/assert";
import { formatGoDuration, nanosecondsOf, parseGoDuration } from "../../src/base/go_duration.ts";

const READ: readonly [string, number][] = [
  ["0", 0],
  ["-0", 0],
  ["0s", 0],
  ["250ms", 250],
  ["1.5s", 1_500],
  [".5s", 500],
  ["5.s", 5_000],
  ["1h30m", 5_400_000],
  ["1h2m3s", 3_723_000],
  ["2m0.5s", 120_500],
  ["250us", 0.25],
  ["250\u00b5s", 0.25],
  ["250\u03bcs", 0.25],
  ["1ns", 0.000001],
  ["-2s", -2_000],
  ["+2s", 2_000],
  ["1s1s", 2_000],
];
const REFUSED = ["", "-", "60", "1.5", ".", "s", ".s", "5x", "5 s", "1h 2m", "abc", "1e3s", "--1s"];

Deno.test("parseGoDuration() reads Go's durations into milliseconds", () => {
  for (const [text, durationMs] of READ) assertEquals(parseGoDuration(text), durationMs, text);
});

Deno.test("parseGoDuration() refuses other text", () => {
  for (const text of REFUSED) {
    assertThrows(() => parseGoDuration(text), SyntaxError, "duration", text);
  }
});

Deno.test("parseGoDuration() says when only the unit is missing", () => {
  const error = assertThrows(() => parseGoDuration("60"), SyntaxError);
  assertEquals(error.message, 'time: missing unit in duration "60"');
});

Deno.test("parseGoDuration() refuses 2^63 nanoseconds and more", () => {
  assertEquals(parseGoDuration("2562047h") > 0, true);
  assertThrows(() => parseGoDuration("2562048h"), SyntaxError);
});

Deno.test("nanosecondsOf() gives whole nanoseconds back", () => {
  for (const text of ["1ns", "123456789ns", "2m0.5s", "8760h0m0.000000001s"]) {
    assertEquals(nanosecondsOf(parseGoDuration(text)) % 1, 0);
  }
  assertEquals(nanosecondsOf(parseGoDuration("123456789ns")), 123_456_789);
});

Deno.test("formatGoDuration() writes what parseGoDuration() reads", () => {
  const written: readonly [number, string][] = [
    [0, "0s"],
    [0.000001, "1ns"],
    [0.25, "250us"],
    [250, "250ms"],
    [1_500, "1.5s"],
    [60_000, "1m"],
    [90_000, "1m30s"],
    [3_600_000, "1h"],
    [5_400_500, "1h30m0.5s"],
    [-2_000, "-2s"],
  ];
  for (const [durationMs, text] of written) {
    assertEquals(formatGoDuration(durationMs), text);
    assertEquals(parseGoDuration(text), durationMs);
  }
});
