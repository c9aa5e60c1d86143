// Rules match as RE2 does, anywhere in the name; what no rule allows is forbidden.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Authorizations } from "../../src/auth/authorizations.ts";
import { namePattern } from "../../src/auth/name_pattern.ts";

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
  const startMs = performance.now();
  matches("a".repeat(63) + "b");
  assert(performance.now() - startMs < 500);
});

Deno.test("Authorizations let a rule's permission, topic and channel all count", () => {
  const authorizations = Authorizations.read([
    { topic: "^in$", channels: [".*"], permissions: ["publish"] },
    { topic: "^out", channels: ["^mine$", "^ours"], permissions: ["subscribe"] },
  ]);
  assertEquals(authorizations.count, 2);
  assert(authorizations.mayPublish("in"));
  assert(authorizations.mayPublish("in"));
  assert(!authorizations.mayPublish("inn"));
  assert(!authorizations.maySubscribe("in", "mine"));
  assert(authorizations.maySubscribe("outer", "mine"));
  assert(authorizations.maySubscribe("out", "ours2"));
  assert(!authorizations.maySubscribe("out", "theirs"));
  assert(!authorizations.mayPublish("out"));
});

Deno.test("Authorizations compare the empty channel when somebody publishes", () => {
  for (const [channels, isAllowed] of [[[".*"], true], [["^c$"], false], [[], false]] as const) {
    const rows = [{ topic: "t", channels, permissions: ["publish"] }];
    assertEquals(Authorizations.read(rows).mayPublish("t"), isAllowed, `${channels}`);
  }
});

Deno.test("Authorizations name the rule that cannot be read", async () => {
  const good = { topic: "t", channels: [], permissions: [] };
  const rows = [good, { ...good, permissions: ["subscribe", "delete"] }];
  assertThrows(
    () => Authorizations.read(rows),
    SyntaxError,
    '[1].permissions: unknown permission "delete"',
  );
  assertThrows(
    () => Authorizations.read([good, { ...good, topic: "(" }]),
    SyntaxError,
    "[1]: error",
  );
  const many = Array.from({ length: 3000 }, () => ({ ...good, channels: ["(a)"] }));
  assertThrows(() => Authorizations.read(many), SyntaxError, "6000 expressions, more than 4096");
  const some = many.slice(0, 2000);
  assertEquals((await Authorizations.readGently(some)).count, 2000);
});
