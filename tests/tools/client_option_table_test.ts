// The keys of --consumer-opt and --producer-opt.

import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/options/option_error.ts";
import {
  connectionOptionsOf,
  consumingOptionsOf,
  parseClientOptions,
} from "../../src/tools/client_option_table.ts";

Deno.test("parseClientOptions() reads keys with dashes and without values", () => {
  const texts = ["max-attempts,7", "dial_timeout,3s", "skip_lookupd_authorization"];
  const options = parseClientOptions(texts);
  assertEquals(options, { maxAttempts: 7, dialTimeout: 3000, skipLookupdAuthorization: true });
  assertEquals(consumingOptionsOf(options), { maxAttempts: 7 });
  assertEquals(connectionOptionsOf(options, "tool").dialTimeoutMs, 3000);
  assertEquals(connectionOptionsOf(options, "tool").userAgent, "tool");
});

Deno.test("parseClientOptions() refuses what is unknown, malformed, out of bounds or later", () => {
  const cases: [string, number, string][] = [
    ["nonsense,1", 2, "invalid option nonsense"],
    ["max_attempts,x", 2, "failed to coerce option max_attempts (x) - parse error"],
    ["sample_rate,100", 2, "invalid sample_rate ! 100 must be [0,99]"],
    ["tls_v1", 1, "the option tls_v1 comes with a later version; leave it out"],
    ["auth_secret,x", 1, "the option auth_secret comes with a later version; leave it out"],
  ];
  for (const [text, code, message] of cases) {
    const error = assertThrows(() => parseClientOptions([text]), OptionError);
    assertEquals([error.exitCode, error.text], [code, message]);
  }
  assertEquals(parseClientOptions(["tls_v1,false"]), { tlsV1: false });
  assertThrows(
    () => connectionOptionsOf(parseClientOptions(["heartbeat_interval,2m"]), "tool"),
    OptionError,
  );
});
