// Go's number forms, as a table of what is read and what is refused.

import { assertEquals, assertThrows } from "@std/assert";
import { parseGoBoolean, parseGoFloat, parseGoInteger } from "../../src/base/go_number.ts";

const INTEGERS: readonly [string, number][] = [
  ["0", 0],
  ["7", 7],
  ["+7", 7],
  ["-7", -7],
  ["1_000", 1_000],
  ["0x10", 16],
  ["-0X_fF", -255],
  ["0b101", 5],
  ["0o17", 15],
  ["017", 15],
  ["0_17", 15],
  ["9223372036854775807", 2 ** 63],
  ["-9223372036854775808", -(2 ** 63)],
];
const NO_INTEGERS = [
  "",
  "-",
  "many",
  "1.5",
  "1e3",
  "1__0",
  "_1",
  "1_",
  "08",
  "0x",
  "0b2",
  " 1",
  "--1",
];

Deno.test("parseGoInteger() reads every form Go reads", () => {
  for (const [text, value] of INTEGERS) assertEquals(parseGoInteger(text), value, text);
});

Deno.test("parseGoInteger() refuses what is no integer", () => {
  for (const text of NO_INTEGERS) {
    assertThrows(() => parseGoInteger(text), SyntaxError, "parse error", text);
  }
});

Deno.test("parseGoInteger() refuses more than 64 bits", () => {
  for (const text of ["9223372036854775808", "-9223372036854775809", "0xffffffffffffffff"]) {
    assertThrows(() => parseGoInteger(text), RangeError, "value out of range", text);
  }
});

Deno.test("parseGoInteger() in base 10 reads digits alone", () => {
  assertEquals(parseGoInteger("-010", 10), -10);
  for (const text of ["0x10", "1_000", ""]) {
    assertThrows(() => parseGoInteger(text, 10), SyntaxError);
  }
});

Deno.test("parseGoBoolean() knows twelve words", () => {
  for (const text of ["1", "t", "T", "true", "TRUE", "True"]) {
    assertEquals(parseGoBoolean(text), true);
  }
  for (const text of ["0", "f", "F", "false", "FALSE", "False"]) {
    assertEquals(parseGoBoolean(text), false);
  }
  for (const text of ["", "yes", "tRUE", "2"]) {
    assertThrows(() => parseGoBoolean(text), SyntaxError);
  }
});

Deno.test("parseGoFloat() reads decimals and neither infinity nor NaN", () => {
  for (
    const [text, value] of [["0.99", 0.99], [".5", 0.5], ["1.", 1], ["-1e-3", -0.001]] as const
  ) {
    assertEquals(parseGoFloat(text), value);
  }
  for (const text of ["", ".", "most", "inf", "NaN", "0x1", " 1"]) {
    assertThrows(() => parseGoFloat(text), SyntaxError);
  }
  assertThrows(() => parseGoFloat("1e999"), RangeError);
});
