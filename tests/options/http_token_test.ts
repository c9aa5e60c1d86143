// The token that a tool presents comes from a file, and never appears in an error.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { tokenIn } from "../../src/options/http_token.ts";

Deno.test("tokenIn gives the token of the file, and nothing without a file", () => {
  const { readTextFileSync: never } = Deno;
  assertEquals(tokenIn("", never), "");
  assertEquals(tokenIn("/t", () => "  ops:abc=\n"), "ops:abc=");
});

Deno.test("tokenIn names the file that holds no token, and does not show it", () => {
  for (const text of ["", "\n", "two tok3ns", "tok3n\nx", "tok3nä"]) {
    const error = assertThrows(() => tokenIn("/t", () => text), Error, "/t: must hold one");
    assert(!error.message.includes("tok3n"));
  }
  const missing = () => {
    throw new Error("not there");
  };
  assertThrows(() => tokenIn("/t", missing), Error, "--http-auth-token-file /t: not there");
});
