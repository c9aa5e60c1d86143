// Expressions match as RE2 does, anywhere in the name.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { namePattern } from "../../src/wire/name_pattern.ts";
import { threadProcessorMs } from "../base/processor_time.ts";

/** Expression, name, whether it is found: as Go's regexp says. */
const MATCHES: readonly (readonly [string, string, boolean])[] = [
  ["t", "xtx", true],
  ["^t$", "xtx", false],
  ["^t$", "t", true],
  [".*", "", true],
  ["", "", true],
  ["^$", "", true],
  ["^c$", "", false],
  ["^orders\\.", "orders.eu", true],
  ["^orders\\.", "ordersxeu", false],
  ["^orders.eu$", "ordersxeu", true],
  ["(?i)^ORDERS$", "orders", true],
  ["^(a|b)+$", "abab", true],
  ["^[[:alpha:]]+$", "abc", true],
  ["^[[:alpha:]]+$", "ab1", false],
  ["\\Aab\\z", "ab", true],
  ["^\\pL+$", "abc", true],
  ["^a{2,3}$", "aaaa", false],
  ["#ephemeral$", "t#ephemeral", true],
  ["a-b_C1", "xa-b_C1x", true],
  ["a-b", "a_b", false],
];

Deno.test("namePattern finds what RE2 finds, with and without the engine", () => {
  for (const [expression, name, isFound] of MATCHES) {
    assertEquals(namePattern(expression)(name), isFound, `${expression} in ${name}`);
    // The same in a group takes the long way.
    assertEquals(namePattern(`(?:${expression})`)(name), isFound, `(?:${expression}) in ${name}`);
  }
});

Deno.test("namePattern refuses what RE2 does not know, and what is too large", () => {
  const bad = ["(", "a{1001}", "(?=a)", "\\1", "a**", "[[:foo:]]", "((a{100}){100}){100}"];
  for (const expression of [...bad, "(.{1000})".repeat(50), "(a|b)".repeat(4000)]) {
    assertThrows(() => namePattern(expression), SyntaxError);
  }
});

Deno.test("namePattern takes linear time", () => {
  const matches = namePattern("^(a*)*$|^(a|a)*$|^(.*a){20}$");
  const startMs = threadProcessorMs();
  matches("a".repeat(63) + "b");
  assert(threadProcessorMs() - startMs < 500);
});
