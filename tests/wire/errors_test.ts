// The error table: which errors end a connection, how they are worded, and that each is met somewhere.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ErrorCode, errors, ProtocolError } from "../../src/wire/errors.ts";

const codes = Object.keys(errors) as ErrorCode[];

/** Codes no conversation can meet yet. Rows may only go. */
const unmet: Readonly<Partial<Record<ErrorCode, string>>> = {
  E_AUTH_ERROR: "auth comes with its own issue",
  E_MPUB_FAILED: "publishing cannot fail before there is storage",
  E_DPUB_FAILED: "publishing cannot fail before there is storage",
};

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("errors: only failing to find a message keeps the connection", () => {
  const harmless = codes.filter((code) => !errors[code].fatal);

  assertEquals(harmless, ["E_FIN_FAILED", "E_REQ_FAILED", "E_TOUCH_FAILED"]);
  for (const code of codes) assertEquals(new ProtocolError(code, "x").isFatal, errors[code].fatal);
});

test("errors: codes are well formed and every row says what it means", () => {
  for (const code of codes) {
    assertMatch(code, /^E_[A-Z_]+$/);
    assert(errors[code].meaning.length > 10);
  }
});

test("ProtocolError is worded code, space, text; the code alone without a text", () => {
  assertEquals(new ProtocolError("E_INVALID", "no").message, "E_INVALID no");
  assertEquals(new ProtocolError("E_BAD_PROTOCOL", "").message, "E_BAD_PROTOCOL");
  const cause = new Error("why");
  assertEquals(new ProtocolError("E_INVALID", "no", { cause }).cause, cause);
});

Deno.test("errors: every code is met by a recorded conversation or a transcript", () => {
  const folder = new URL("../transcripts/", import.meta.url);
  const told = [...Deno.readDirSync(folder)].map(({ name }) =>
    Deno.readTextFileSync(new URL(name, folder))
  );
  told.push(Deno.readTextFileSync(new URL("../conformance/open-vectors.json", import.meta.url)));
  const missing = codes.filter((code) => !told.some((text) => text.includes(code)));

  assertEquals(missing, Object.keys(unmet));
});
