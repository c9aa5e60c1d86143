// The keys of --consumer-opt and --producer-opt.

import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/options/option_error.ts";
import {
  connectionOptionsOf,
  consumingOptionsOf,
  parseClientOptions,
} from "../../src/tools/client_options.ts";
import { AUTHORITY_FILE, CERTIFICATES, pem } from "../transport/certificates.ts";

Deno.test("parseClientOptions() reads keys with dashes and without values", () => {
  const texts = ["max-attempts,7", "dial_timeout,3s", "skip_lookupd_authorization"];
  const options = parseClientOptions(texts, "consumer-opt");
  assertEquals(options, { maxAttempts: 7, dialTimeout: 3000, skipLookupdAuthorization: true });
  assertEquals(consumingOptionsOf(options), { maxAttempts: 7 });
  assertEquals(connectionOptionsOf(options, "tool").dialTimeoutMs, 3000);
  assertEquals(connectionOptionsOf(options, "tool").userAgent, "tool");
});

Deno.test("parseClientOptions() refuses what is unknown, malformed, out of bounds or not to be had", () => {
  const cases: [string, number, string][] = [
    ["nonsense,1", 2, "invalid option nonsense"],
    ["max_attempts,x", 2, "failed to coerce option max_attempts (x) - parse error"],
    ["sample_rate,100", 2, "invalid sample_rate ! 100 > 99"],
    ["lookupd_poll_interval,1ms", 2, "invalid lookupd_poll_interval ! 1ms < 10ms"],
    ["max_backoff_duration,-1s", 2, "invalid max_backoff_duration ! -1s < 0"],
    ["deflate_level,10", 2, "invalid deflate_level ! 10 > 9"],
    ["tls_min_version,tls2", 2, "failed to coerce option tls_min_version (tls2) - "],
    ["local_addr,x:1", 2, "the option local_addr cannot be had in this program; leave it out"],
  ];
  for (const [text, code, message] of cases) {
    const error = assertThrows(() => parseClientOptions([text], "consumer-opt"), OptionError);
    assertEquals(error.exitCode, code);
    const whole = `invalid value "${text}" for flag -consumer-opt: ${message}`;
    assertEquals(error.text.slice(0, whole.length), whole);
  }
  assertThrows(
    () =>
      connectionOptionsOf(parseClientOptions(["heartbeat_interval,2m"], "consumer-opt"), "tool"),
    OptionError,
  );
});

Deno.test("connectionOptionsOf() reads certificates, and those only where TLS is asked for", () => {
  const texts = [
    `tls_root_ca_file,${AUTHORITY_FILE}`,
    `tls-cert,${CERTIFICATES}client.crt`,
    `tls_key,${CERTIFICATES}client.key`,
    "snappy",
    "auth_secret,a,b",
    "tls_min_version,tls1.3",
  ];
  const plain = connectionOptionsOf(parseClientOptions(texts, "consumer-opt"), "tool");
  assertEquals([plain.tls, plain.snappy, plain.authSecret], [undefined, true, "a,b"]);
  const { tls } = connectionOptionsOf(
    parseClientOptions([...texts, "tls_v1"], "consumer-opt"),
    "tool",
  );
  assertEquals(tls?.authorities, [pem("ca.crt").trim()]);
  assertEquals(tls?.certificate, pem("client.crt"));
  assertEquals(tls?.minVersion, "TLSv1.3");
  const insecure = parseClientOptions(["tls_v1", "tls_insecure_skip_verify"], "consumer-opt");
  assertEquals(connectionOptionsOf(insecure, "tool").tls, { isInsecure: true });
});

Deno.test("connectionOptionsOf() refuses certificates that cannot be used", () => {
  const cases: [string[], string][] = [
    [["tls_cert,a"], "tls_cert and tls_key go together"],
    [["tls_root_ca_file,/none"], "failed to build client TLS config - open /none: no such file"],
    [["tls_cert,/none", "tls_key,/none"], "failed to build TLS config - open /none: no such file"],
  ];
  for (const [texts, text] of cases) {
    const options = parseClientOptions(["tls_v1", ...texts], "consumer-opt");
    const error = assertThrows(() => connectionOptionsOf(options, "tool"), OptionError);
    assertEquals(error.text.slice(0, text.length), text);
  }
});
