// What no rule allows is forbidden.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Authorizations } from "../../src/auth/authorizations.ts";

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
