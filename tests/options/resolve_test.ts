// Flag over file over default, and the TOML file with its oddities.

import { assertEquals, assertThrows } from "@std/assert";
import { NSQD_OPTIONS, type Options } from "../../src/options/nsqd_options.ts";
import { resolveNsqdOptions } from "../../src/options/nsqd_checks.ts";
import { OptionError } from "../../src/options/option_error.ts";
import { defaultsOf, optionsWithoutEffect } from "../../src/options/resolve.ts";

function resolve(words: readonly string[], file = "") {
  return resolveNsqdOptions(words, { hostname: "host.test", readTextFile: () => file });
}

function resolved(words: readonly string[], file?: string) {
  const config = file === undefined ? [] : ["--config=n.cfg"];
  const resolution = resolve([...config, ...words], file);
  if (resolution.kind !== "options") throw new Error(`${resolution.kind} was asked for`);
  return resolution;
}

function refusal(file: string): string {
  const error = assertThrows(() => resolved([], file), OptionError);
  assertEquals([error.exitCode, error.showUsage], [1, false]);
  return error.text;
}

Deno.test("resolveOptions() without words gives the defaults", () => {
  const { options, given } = resolved([]);
  assertEquals(options, {
    ...defaultsOf(NSQD_OPTIONS),
    nodeId: options.nodeId,
    broadcastAddress: "host.test",
  });
  assertEquals(given.size, 0);
});

Deno.test("resolveOptions() puts flags above the file and the file above defaults", () => {
  const file = [
    "max_rdy_count = 21",
    "mem_queue_size = 22",
    'msg_timeout = "23s"',
    "max_req_timeout = 24000",
    "deflate = false",
    'log_level = "error"',
    'broadcast_address = "config.test"',
    'nsqlookupd_tcp_addresses = ["127.0.0.1:1", "127.0.0.1:2"]',
    "id = 25",
  ].join("\n");
  const { options, given } = resolved(["--mem-queue-size=99"], file);
  const expected: Partial<Options> = {
    maxRdyCount: 21,
    memQueueSize: 99,
    msgTimeout: 23_000,
    maxReqTimeout: 24_000,
    deflate: false,
    logLevel: "error",
    broadcastAddress: "config.test",
    lookupdTcpAddress: ["127.0.0.1:1", "127.0.0.1:2"],
    nodeId: 25,
  };
  assertEquals({ ...options, ...expected }, options);
  assertEquals(given, new Set([...Object.keys(expected), "config"]) as typeof given);
});

const FILES: readonly [string, Partial<Options>][] = [
  ['mem_queue_size = "12"', { memQueueSize: 12 }],
  ['mem_queue_size = "012"', { memQueueSize: 12 }],
  ["mem_queue_size = 0x10", { memQueueSize: 16 }],
  ['snappy = "false"', { snappy: false }],
  ["snappy = 1", { snappy: false }],
  ["deflate = 0", { deflate: true }],
  ['msg_timeout = "1.5s"', { msgTimeout: 1_500 }],
  ["msg_timeout = 5000", { msgTimeout: 5_000 }],
  ['nsqlookupd_tcp_addresses = "a:1, b:2"', { lookupdTcpAddress: ["a:1", "b:2"] }],
  ['nsqlookupd_tcp_addresses = ""', { lookupdTcpAddress: [] }],
  ["e2e_processing_latency_percentiles = [0.5, 1]", { e2eProcessingLatencyPercentile: [0.5, 1] }],
  ["e2e_processing_latency_percentiles = [1, 0]", { e2eProcessingLatencyPercentile: [1, 0] }],
  ['e2e_processing_latency_percentiles = "0.5, 0.99"', {
    e2eProcessingLatencyPercentile: [0.5, 0.99],
  }],
  ["topology_zone = 5", { topologyZone: "5" }],
  ["topology_zone = true", { topologyZone: "true" }],
  ['tls_min_version = ""', { tlsMinVersion: "tls1.0" }],
  ['tls_min_version = "TLS1.2"', { tlsMinVersion: "tls1.2" }],
  ["tls_required = true", { tlsRequired: "true" }],
  ['tls_required = "tcp-https"', { tlsRequired: "tcp-https" }],
  ['log_level = "WARN"', { logLevel: "warn" }],
  ['log_format = "json"', { logFormat: "json" }],
  ["nonsense = 1\n[nsqd]\nmem_queue_size = 5", {}],
  ["node_id = 7\nworker_id = 9\nverbose = 3\nversion = true\nlookupd_tcp_address = 5", {}],
  ["__proto__ = 7\nconstructor = 8", {}],
  ["# nothing at all", {}],
];

Deno.test("readConfigFile() converts what a file may hold", () => {
  const defaults = resolved([]).options;
  for (const [file, expected] of FILES) {
    const { options } = resolved([], file);
    assertEquals(options, { ...defaults, ...expected, config: "n.cfg" }, file);
  }
});

const BAD_FILES: readonly [string, string][] = [
  [
    "mem_queue_size = 99999999999999999999",
    "Resolve failed to coerce value 100000000000000000000 (10000) for field MemQueueSize - " +
    "expected a whole number",
  ],
  [
    'mem_queue_size = "abc"',
    "Resolve failed to coerce value abc (10000) for field MemQueueSize - expected a whole number",
  ],
  [
    "mem_queue_size = 1.5",
    "Resolve failed to coerce value 1.5 (10000) for field MemQueueSize - expected a whole number",
  ],
  [
    "msg_timeout = 1.5",
    "Resolve failed to coerce value 1.5 (1m) for field MsgTimeout - " +
    'expected a string such as "5s", or whole milliseconds',
  ],
  [
    'msg_timeout = "5000"',
    "Resolve failed to coerce value 5000 (1m) for field MsgTimeout - " +
    'expected a string such as "5s", or whole milliseconds',
  ],
  [
    'snappy = "perhaps"',
    "Resolve failed to coerce value perhaps (true) for field Snappy - expected true or false",
  ],
  [
    "nsqlookupd_tcp_addresses = 5",
    "Resolve failed to coerce value 5 ([]) for field NSQLookupdTCPAddresses - " +
    "expected an array of strings, or one string with commas",
  ],
  [
    "id = [1, 2]",
    "Resolve failed to coerce value [1 2] (0) for field ID - expected a whole number",
  ],
  [
    "e2e_processing_latency_percentiles = 0.9",
    "Resolve failed to coerce value 0.9 ([]) for field E2EProcessingLatencyPercentiles - " +
    "expected an array of numbers, or one string with commas",
  ],
  [
    "[mem_queue_size]\na = 1",
    'Resolve failed to coerce value {"a":1} (10000) for field ' +
    "MemQueueSize - expected a whole number",
  ],
  ['log_level = "bogus"', "failed parsing log_level bogus"],
  ['mem_queue_size = "abc"\nlog_level = 7', "failed parsing log_level 7"],
  ['tls_required = "perhaps"', "failed parsing tls_required perhaps"],
  ['tls_min_version = "ssl3.0"', "failed parsing tls_min_version ssl3.0"],
];

Deno.test("readConfigFile() refuses values it cannot convert", () => {
  for (const [file, text] of BAD_FILES) assertEquals(refusal(file), text);
});

Deno.test("readConfigFile() leaves a bad value alone where a flag stands", () => {
  assertEquals(resolved(["--mem-queue-size=3"], 'mem_queue_size = "x"').options.memQueueSize, 3);
  const words = ["--config=n.cfg", "--log-level=info"];
  assertThrows(() => resolve(words, 'log_level = "x"'), OptionError, "failed parsing log_level x");
});

Deno.test("readConfigFile() names a file that is missing or malformed", () => {
  const inputs = {
    hostname: "h",
    readTextFile: () => {
      throw new Deno.errors.NotFound("no such file");
    },
  };
  const error = assertThrows(() => resolveNsqdOptions(["-config", "x.cfg"], inputs), OptionError);
  assertEquals(error.text, "failed to load config file x.cfg - open x.cfg: no such file");
  assertEquals(error.exitCode, 1);
  assertEquals(refusal("a = ").startsWith("failed to load config file n.cfg - "), true);
});

Deno.test("resolveOptions() gives way to --version before it reads the file", () => {
  assertEquals(resolve(["--version", "--config=n.cfg"], "a = ").kind, "version");
  assertEquals(resolve(["--version=false"]).kind, "options");
  assertEquals(resolve(["--version", "--help"]).kind, "help");
});

Deno.test("optionsWithoutEffect() names what was given in vain, by flag or file", () => {
  const { given } = resolved(
    ["--queue-scan-selection-count=5", "--worker-id", "--max-rdy-count=1"],
    "sync_every = 7",
  );
  const idle = optionsWithoutEffect(NSQD_OPTIONS, given);
  assertEquals(idle.map(({ name }) => name), ["--queue-scan-selection-count", "--worker-id"]);
  assertEquals(idle.every(({ reason }) => reason.length > 0), true);
  assertEquals(optionsWithoutEffect(NSQD_OPTIONS, resolved([]).given), []);
});
