// What nsqd refuses to start with, in which order and in which words.

import { assertEquals, assertThrows } from "@std/assert";
import { checkOptions, defaultNodeId, resolveNsqdOptions } from "../../src/options/nsqd_checks.ts";
import { OptionError } from "../../src/options/option_error.ts";

const FILES: Readonly<Record<string, string>> = { "a.crt": "", "a.key": "", "ca.pem": "" };

function readTextFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Deno.errors.NotFound(`${path} is not there`);
  return text;
}

function optionsOf(...words: string[]) {
  const resolution = resolveNsqdOptions(words, { hostname: "host.test", readTextFile });
  if (resolution.kind !== "options") throw new Error(`${resolution.kind} was asked for`);
  return resolution.options;
}

const CERTIFICATE = ["--tls-cert=a.crt", "--tls-key=a.key"];
const NO_CERTIFICATE = "cannot require TLS client connections without TLS key and cert";

const AUTH_FORMS = "give host:port, or a URL that begins with http:// or https://";

const REFUSALS: readonly [string[], string][] = [
  [["--tcp-address="], "--tcp-address is empty: name a port, host:port or a path"],
  [["--auth-http-address=ftp://a"], `--auth-http-address "ftp://a" is no address: ${AUTH_FORMS}`],
  [["--auth-http-address=a:b"], `--auth-http-address "a:b" is no address: ${AUTH_FORMS}`],
  [["--max-deflate-level=0"], "--max-deflate-level must be [1,9]"],
  [["--max-deflate-level=10", "--node-id=1024"], "--max-deflate-level must be [1,9]"],
  [["--node-id=1024", "--tls-required"], "--node-id must be [0,1024)"],
  [["--node-id=-1"], "--node-id must be [0,1024)"],
  [
    ["--tls-cert=none.crt", "--tls-key=none.key"],
    "failed to build TLS config - open none.crt: none.crt is not there",
  ],
  [
    ["--tls-cert=a.crt"],
    "failed to build TLS config - --tls-key is missing: --tls-cert and --tls-key go together",
  ],
  [["--tls-required", "--tls-root-ca-file=x"], NO_CERTIFICATE],
  [["--tls-required=tcp-https", "--auth-http-address=a:1"], NO_CERTIFICATE],
  [["--tls-client-auth-policy=require"], NO_CERTIFICATE],
  [
    ["--tls-root-ca-file=x", "--auth-http-request-method=GET"],
    "failed to build client TLS config - open x: x is not there",
  ],
  [
    ["--auth-http-request-method=GET", "--e2e-processing-latency-percentile=2"],
    "--auth-http-request-method must be post or get",
  ],
  [
    ["--e2e-processing-latency-percentile=1.1", "--mem-queue-size=-1"],
    "invalid E2E processing latency percentile: 1.1",
  ],
  [["--e2e-processing-latency-percentile=0"], "invalid E2E processing latency percentile: 0"],
  [["--mem-queue-size=-1"], "--mem-queue-size must be >= 0"],
  [["--sync-timeout=0"], "--sync-timeout must be > 0"],
  [["--output-buffer-timeout=-1s"], "--output-buffer-timeout must be > 0"],
  [["--statsd-address=a:1", "--statsd-interval=1s"], "--statsd-interval must be > 1s"],
  [["--http-auth"], "--http-auth needs --auth-file: it says who may use the HTTP API"],
];

Deno.test("checkOptions() refuses in NSQ's order and words", () => {
  for (const [words, text] of REFUSALS) {
    const error = assertThrows(() => checkOptions(optionsOf(...words), readTextFile), OptionError);
    assertEquals([error.text, error.exitCode, error.showUsage], [text, 1, false]);
  }
});

Deno.test("checkOptions() lets usable options pass", () => {
  const usable = [
    [],
    ["--mem-queue-size=0", "--node-id=1023", "--max-deflate-level=9"],
    ["--output-buffer-timeout=250us", "--sync-timeout=1.5s"],
    ["--statsd-interval=1s"],
    ["--e2e-processing-latency-percentile=1,0.99", "--auth-http-request-method=post"],
    [...CERTIFICATE, "--tls-root-ca-file=ca.pem"],
    [...CERTIFICATE, "--tls-required"],
    [...CERTIFICATE, "--tls-required=tcp-https", "--tls-client-auth-policy=require"],
  ];
  for (const words of usable) checkOptions(optionsOf(...words), readTextFile);
});

Deno.test("resolveNsqdOptions() requires TLS where a client policy is set", () => {
  assertEquals(optionsOf("--tls-client-auth-policy=require").tlsRequired, "true");
  const chosen = optionsOf("--tls-client-auth-policy=require", "--tls-required=tcp-https");
  assertEquals(chosen.tlsRequired, "tcp-https");
});

Deno.test("defaultNodeId() is the CRC-32 of the MD5 of the host name, modulo 1024", () => {
  // Worked out with Python: zlib.crc32(hashlib.md5(name).digest()) % 1024.
  for (const [hostname, nodeId] of [["host.test", 221], ["localhost", 16], ["", 812]] as const) {
    assertEquals(defaultNodeId(hostname), nodeId);
  }
});
