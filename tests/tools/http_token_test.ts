// The token that a tool presents comes from a file, and never appears in an error.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { tokenHeaders } from "../../src/tools/http_token.ts";

Deno.test("tokenHeaders presents the token of the file, and nothing without a file", () => {
  const { readTextFileSync: never } = Deno;
  assertEquals(tokenHeaders("", never), {});
  assertEquals(tokenHeaders("/t", () => "  ops:abc=\n"), { Authorization: "Bearer ops:abc=" });
});

Deno.test("tokenHeaders names the file that holds no token, and does not show it", () => {
  for (const text of ["", "\n", "two tok3ns", "tok3n\nx", "tok3nä"]) {
    const error = assertThrows(() => tokenHeaders("/t", () => text), Error, "/t: must hold one");
    assert(!error.message.includes("tok3n"));
  }
  const missing = () => {
    throw new Error("not there");
  };
  assertThrows(() => tokenHeaders("/t", missing), Error, "--http-auth-token-file /t: not there");
});
