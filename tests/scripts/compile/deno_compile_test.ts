/** Telling a missing runtime, which a fallback may answer, from a mistake in the program. */
import { assert, assertFalse } from "@std/assert";
import { runtimeIsMissing } from "../../../scripts/compile/deno_compile.ts";

Deno.test("runtimeIsMissing() knows a failed download and a bad DENORT_BIN", () => {
  for (
    const errors of [
      "Caused by:\n    0: Setting up base binary.\n    1: error sending request for url",
      "Download https://dl.deno.land/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip",
      "error: Could not find denort at '/none'",
    ]
  ) assert(runtimeIsMissing(errors), errors);
});

Deno.test("runtimeIsMissing() leaves mistakes in the program alone", () => {
  for (const errors of ['error: Module not found "file:///p/mod.ts".', "TS2304 [ERROR]: name"]) {
    assertFalse(runtimeIsMissing(errors), errors);
  }
});
