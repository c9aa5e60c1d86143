// Tests over the list itself: that it is complete, and that each row is sound.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { isWithin } from "../../src/options/bounds.ts";
import { configValue } from "../../src/options/config_value.ts";
import { helpText, optionsMarkdown } from "../../src/options/help.ts";
import { NSQD_OPTIONS } from "../../src/options/nsqd_options.ts";
import { configKey, flagName, rowsOf } from "../../src/options/option_row.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { valueTypeOf } from "../../src/options/value_types.ts";

// Flags of nsqd 1.3, in the alphabet's order; `=key` where a file uses another name, `=` for none.
const UPSTREAM = `
auth-http-address=auth_http_addresses auth-http-request-method broadcast-address broadcast-http-port
broadcast-tcp-port config= data-path deflate
e2e-processing-latency-percentile=e2e_processing_latency_percentiles
e2e-processing-latency-window-time enable-experiment http-address http-client-connect-timeout
http-client-request-timeout https-address log-level log-prefix
lookupd-tcp-address=nsqlookupd_tcp_addresses max-body-size max-bytes-per-file max-channel-consumers
max-deflate-level max-heartbeat-interval max-msg-size max-msg-timeout max-output-buffer-size
max-output-buffer-timeout max-rdy-count max-req-timeout mem-queue-size min-output-buffer-timeout
msg-timeout node-id=id output-buffer-timeout queue-scan-selection-count queue-scan-worker-pool-max
snappy statsd-address statsd-exclude-ephemeral statsd-interval statsd-mem-stats statsd-prefix
statsd-udp-packet-size sync-every sync-timeout tcp-address tls-cert tls-client-auth-policy tls-key
tls-min-version tls-required tls-root-ca-file topology-region topology-zone verbose= version=
worker-id=`.trim().split(/\s+/);
const OURS = [
  "auth-file",
  "http-auth",
  "command-timeout",
  "confined",
  "durability",
  "handshake-timeout",
  "http-listen",
  "log-format",
  "max-connections",
  "max-connections-per-address",
  "max-defer-timeout",
  "max-http-connections",
  "metrics-per-channel",
  "min-free-space",
  "show-permissions=",
  "tcp-listen",
  "unix-socket-mode",
];

const ROWS = rowsOf(NSQD_OPTIONS);

Deno.test("NSQD_OPTIONS has upstream's flags and file keys, and ours", () => {
  const names = ROWS.map(([key, row]) => flagName(key, row)).toSorted();
  assertEquals(names, [...UPSTREAM, ...OURS].map((name) => name.replace(/=.*/, "")).toSorted());
  for (const [key, row] of ROWS) {
    const name = flagName(key, row);
    const written = [...UPSTREAM, ...OURS].find((word) => word.startsWith(`${name}=`))?.slice(
      name.length + 1,
    );
    const expected = written ?? name.replaceAll("-", "_");
    assertEquals(configKey(key, row) ?? "", expected);
  }
});

Deno.test("NSQD_OPTIONS has well-formed names, each once", () => {
  const names = ROWS.map(([key, row]) => flagName(key, row));
  const keys = ROWS.flatMap(([key, row]) => configKey(key, row) ?? []);
  assertEquals([new Set(names).size, new Set(keys).size], [names.length, keys.length]);
  for (const name of names) assertMatch(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
  for (const key of keys) assertMatch(key, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
});

Deno.test("NSQD_OPTIONS has help in every row, and defaults inside bounds", () => {
  for (const [key, row] of ROWS) {
    assertMatch(row.help, /^\S[^\n]{5,}[^\s.]$/, key);
    assert(row.group !== "" && row.noEffect !== "", key);
    if (row.bounds === undefined) continue;
    assert(typeof row.default === "number" && isWithin(row.bounds, row.default), key);
  }
});

Deno.test("NSQD_OPTIONS has defaults that survive being written and read", () => {
  for (const [key, row] of ROWS) {
    const type = valueTypeOf(row);
    if (type.isRepeatable) continue;
    assertEquals(type.fromText(type.toText(row.default), row), row.default, key);
  }
});

Deno.test("helpText() shows every flag once, within 100 columns, deprecated ones last", () => {
  const text = helpText(NSQD_OPTIONS, { program: "nsqd", about: "About." });
  for (const [key, row] of ROWS) {
    const starts = text.split("\n").filter((line) => {
      return line === `  --${flagName(key, row)}` || line.startsWith(`  --${flagName(key, row)} `);
    });
    assertEquals(starts.length, 1, key);
  }
  for (const line of text.split("\n")) assert(line.length <= 100, line);
  assert(text.indexOf("--verbose") > text.indexOf("--statsd-exclude-ephemeral"));
  assertMatch(text, /^Usage: nsqd \[flags\]\n\nAbout\.\n\nGeneral:\n/);
  assertMatch(text, /--msg-timeout <duration> [^-]*\(default:\s+1m\)/);
});

Deno.test("optionsMarkdown() has one row of four cells for every option", () => {
  const lines = optionsMarkdown(NSQD_OPTIONS).split("\n");
  assertEquals(lines.filter((line) => line.startsWith("| `--")).length, ROWS.length);
  for (const line of lines) assertEquals(line.split(/(?<!\\)\|/).length, 6, line);
});

const SHOWN: readonly [string, unknown][] = [
  ["max_msg_size", 1_048_576],
  ["mem_queue_size", 10_000],
  ["deflate", true],
  ["msg_timeout", 60_000_000_000],
  ["output_buffer_timeout", 250_000],
  ["nsqlookupd_tcp_addresses", []],
  ["e2e_processing_latency_percentiles", [0.99]],
  ["log_level", 2],
  ["tls_min_version", 769],
  ["tls_required", 1],
  ["id", 7],
];

Deno.test("configValue() shows numbers, booleans and lists for JSON", () => {
  const options = {
    ...defaultsOf(NSQD_OPTIONS),
    nodeId: 7,
    outputBufferTimeout: 0.25,
    tlsRequired: "tcp-https" as const,
    e2eProcessingLatencyPercentile: [0.99],
  };
  for (const [name, value] of SHOWN) {
    assertEquals(configValue(NSQD_OPTIONS, options, name), { kind: "json", value }, name);
  }
});

Deno.test("configValue() shows text as it is, and no unknown name", () => {
  const options = { ...defaultsOf(NSQD_OPTIONS), statsdPrefix: "nsq.host_4151." };
  const shown = (name: string) => configValue(NSQD_OPTIONS, options, name);
  assertEquals(shown("statsd_prefix"), { kind: "text", text: "nsq.host_4151." });
  assertEquals(shown("tls_cert"), { kind: "text", text: "" });
  assertEquals(shown("log_format"), { kind: "text", text: "text" });
  for (const name of ["node_id", "max-msg-size", "verbose", "worker_id", "config", "", "nothing"]) {
    assertEquals(shown(name), undefined, name);
  }
});
