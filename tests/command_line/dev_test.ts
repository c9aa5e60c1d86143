// What `nsqd dev` understands and says; the cluster itself runs in tests/tools_e2e.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { runDev, welcome } from "../../src/command_line/dev.ts";
import { devSettings, devTable } from "../../src/command_line/dev_options.ts";
import { OptionError } from "../../src/options/option_error.ts";
import type { OptionsOf } from "../../src/options/option_row.ts";
import { parseFlags } from "../../src/options/flag_parser.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { FakeStreams } from "../tools/fake_streams.ts";

function settings(...words: string[]) {
  const parsed = parseFlags(devTable, words);
  if (parsed.kind === "help") throw new Error("no help was asked for");
  const options = { ...defaultsOf(devTable), ...parsed.values } as OptionsOf<typeof devTable>;
  return devSettings({ options, rest: parsed.rest });
}

Deno.test("devSettings() has the usual ports, and a flag for each", () => {
  const { ports, host, dataPath, perSecond } = settings("--nsqd-http-port=0", "--rate=7");
  assertEquals(ports.get("nsqd"), { tcp: 4150, http: 0 });
  assertEquals(ports.get("nsqlookupd"), { tcp: 4160, http: 4161 });
  assertEquals([host, dataPath, perSecond], ["127.0.0.1", undefined, 7]);
});

Deno.test("devSettings() refuses an address that nobody could be told", () => {
  for (const host of ["0.0.0.0", "::", "a b", ""]) {
    assertThrows(() => settings(`--host=${host}`), OptionError, "is no address");
  }
  assertEquals(settings("--host=::1").host, "::1");
});

Deno.test("dev refuses ports and rates out of range before it starts anything", async () => {
  for (const word of ["--nsqd-tcp-port=70000", "--rate=-1", "--rate=10001"]) {
    const streams = new FakeStreams();
    assertEquals(await runDev([word], streams), 1);
    assertStringIncludes(streams.errorText, "must be ");
  }
});

Deno.test("welcome() says where everything is, what is kept, and what to try", () => {
  const addresses = new Map([
    ["nsqlookupd", { tcp: "127.0.0.1:1", http: "127.0.0.1:2" }],
    ["nsqd", { tcp: "127.0.0.1:3", http: "127.0.0.1:4" }],
    ["nsqadmin", { http: "127.0.0.1:5" }],
  ]);
  const text = welcome({ perSecond: 50, dataPath: undefined }, "/tmp/x", addresses);
  assertStringIncludes(text, "  nsqlookupd  TCP 127.0.0.1:1           HTTP http://127.0.0.1:2\n");
  assertStringIncludes(text, "data in /tmp/x (removed at the end)");
  assertStringIncludes(text, "nsqd top --lookupd-http-address=127.0.0.1:2\n");
  assertStringIncludes(text, "\nopen http://127.0.0.1:5 in a browser");
  assertStringIncludes(text, "about 50 messages a second in the topics orders, mails, audit");
  const kept = welcome({ perSecond: 0, dataPath: "/data" }, "/data", addresses);
  assertStringIncludes(kept, "data in /data (kept)\n  no sample traffic\n");
});
