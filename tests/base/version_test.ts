// The version is written in two places; they must agree.

import { assertEquals } from "@std/assert";
import { VERSION, versionLine } from "../../src/base/version.ts";

Deno.test("VERSION equals the version in deno.json", async () => {
  const manifest = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  assertEquals(JSON.parse(manifest).version, VERSION);
});

Deno.test("versionLine() has NSQ's shape", () => {
  assertEquals(versionLine("nsqd", "deno2.9.6"), `nsqd v${VERSION} (built w/deno2.9.6)`);
});
