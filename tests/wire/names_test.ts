// Which names topics and channels may have.

import { assertEquals } from "@std/assert";
import { isEphemeralName, isValidName } from "../../src/wire/names.ts";

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const EPHEMERAL = "#ephemeral";

test("isValidName() takes 1 to 64 bytes of the alphabet, a suffix included", () => {
  const valid = ["a", ".", "..", "-", "_", "A.b-c_9", "x".repeat(64), `x${EPHEMERAL}`];
  for (const name of [...valid, "x".repeat(54) + EPHEMERAL]) {
    assertEquals(isValidName(name), true, name);
  }
});

test("isValidName() refuses every other name", () => {
  const invalid = ["", " ", "a b", "a\n", "\na", "a/b", "a:b", "é", "a\0", "x".repeat(65)];
  const suffixes = [EPHEMERAL, `a${EPHEMERAL}${EPHEMERAL}`, "a#", "a#eph", `a#b${EPHEMERAL}`];
  for (const name of [...invalid, ...suffixes, "x".repeat(55) + EPHEMERAL]) {
    assertEquals(isValidName(name), false, name);
  }
});

test("isEphemeralName() goes by the suffix", () => {
  assertEquals(isEphemeralName(`a${EPHEMERAL}`), true);
  assertEquals(isEphemeralName("ephemeral"), false);
  assertEquals(isEphemeralName(`a${EPHEMERAL}s`), false);
});
