// Command lines as tables: what each means, or with which words it is refused.

import { assertEquals, assertThrows } from "@std/assert";
import { parseFlags } from "../../src/options/flag_parser.ts";
import { NSQD_OPTIONS } from "../../src/options/nsqd_options.ts";
import { OptionError } from "../../src/options/option_error.ts";

function parsed(words: readonly string[]) {
  const flags = parseFlags(NSQD_OPTIONS, words);
  if (flags.kind !== "flags") throw new Error("help was asked for");
  return flags;
}

const FORMS: readonly [string[], Record<string, unknown>, string[]?][] = [
  [["-max-rdy-count=11"], { maxRdyCount: 11 }],
  [["-max-rdy-count", "11"], { maxRdyCount: 11 }],
  [["--max-rdy-count=11"], { maxRdyCount: 11 }],
  [["--max-rdy-count", "11"], { maxRdyCount: 11 }],
  [["--max-rdy-count", "-11"], { maxRdyCount: -11 }],
  [["--max-rdy-count=1", "--max-rdy-count=2"], { maxRdyCount: 2 }],
  [["--mem-queue-size=0x10"], { memQueueSize: 16 }],
  [["--mem-queue-size=1_000"], { memQueueSize: 1_000 }],
  [["--snappy", "false"], { snappy: true }, ["false"]],
  [["--snappy=0", "--deflate=F"], { snappy: false, deflate: false }],
  [["--snappy=false", "-snappy"], { snappy: true }],
  [["--snappy=True"], { snappy: true }],
  [["--tls-required"], { tlsRequired: "true" }],
  [["--tls-required=TCP-HTTPS"], { tlsRequired: "tcp-https" }],
  [["--tls-required", "--snappy"], { tlsRequired: "true", snappy: true }],
  [["--tls-min-version="], { tlsMinVersion: "tls1.0" }],
  [["--tls-min-version=TLS1.3"], { tlsMinVersion: "tls1.3" }],
  [["--log-level=WARN"], { logLevel: "warn" }],
  [["--log-prefix=[here we are] "], { logPrefix: "[here we are] " }],
  [["--log-prefix", "--snappy"], { logPrefix: "--snappy" }],
  [["--log-prefix", "--"], { logPrefix: "--" }],
  [["--log-prefix="], { logPrefix: "" }],
  [["--log-prefix=a=b\nc"], { logPrefix: "a=b\nc" }],
  [["--log-prefix=5"], { logPrefix: "5" }],
  [["--log-format=json"], { logFormat: "json" }],
  [["--msg-timeout=1h2m3s"], { msgTimeout: 3_723_000 }],
  [["--output-buffer-timeout", "250us"], { outputBufferTimeout: 0.25 }],
  [["--msg-timeout=0"], { msgTimeout: 0 }],
  [["--lookupd-tcp-address=a:1,b:2", "-lookupd-tcp-address", "c:3"], {
    lookupdTcpAddress: ["a:1,b:2", "c:3"],
  }],
  [["--lookupd-tcp-address=", "--lookupd-tcp-address=1"], { lookupdTcpAddress: ["", "1"] }],
  [["--e2e-processing-latency-percentile=0.5,1.0", "--e2e-processing-latency-percentile=.99"], {
    e2eProcessingLatencyPercentile: [1, 0.99, 0.5],
  }],
  [["--snappy", "word", "--deflate=false"], { snappy: true }, ["word", "--deflate=false"]],
  [["--snappy", "--", "--deflate=false"], { snappy: true }, ["--deflate=false"]],
  [["--snappy", "-", "--deflate=false"], { snappy: true }, ["-", "--deflate=false"]],
  [["", "--snappy"], {}, ["", "--snappy"]],
  [["--worker-id", "--verbose"], { workerId: true, verbose: true }],
];

Deno.test("parseFlags() reads every form of a flag", () => {
  for (const [words, values, rest] of FORMS) {
    const flags = parsed(words);
    assertEquals(flags.values as Record<string, unknown>, values, words.join(" "));
    assertEquals([...flags.given].sort(), Object.keys(values).sort());
    assertEquals(flags.rest, rest ?? []);
  }
});

Deno.test("parseFlags() finds the call for help before later mistakes", () => {
  for (const word of ["-h", "--help", "-help", "--h", "--help=x"]) {
    assertEquals(parseFlags(NSQD_OPTIONS, ["--snappy", word, "--nonsense"]).kind, "help");
  }
});

const REFUSALS: readonly [string[], string, number?][] = [
  [["-x"], "flag provided but not defined: -x"],
  [["--no-such-flag=1"], "flag provided but not defined: -no-such-flag"],
  [["--no-snappy"], "flag provided but not defined: -no-snappy"],
  [["--__proto__=1"], "flag provided but not defined: -__proto__"],
  [["--maxRdyCount=1"], "flag provided but not defined: -maxRdyCount"],
  [["---x"], "bad flag syntax: ---x"],
  [["--=x"], "bad flag syntax: --=x"],
  [["-=x"], "bad flag syntax: -=x"],
  [["--snappy", "--config"], "flag needs an argument: -config"],
  [["--mem-queue-size=abc"], 'invalid value "abc" for flag -mem-queue-size: parse error'],
  [["--mem-queue-size="], 'invalid value "" for flag -mem-queue-size: parse error'],
  [["--mem-queue-size", "1.5"], 'invalid value "1.5" for flag -mem-queue-size: parse error'],
  [
    ["--max-msg-size=9223372036854775808"],
    'invalid value "9223372036854775808" for flag -max-msg-size: value out of range',
  ],
  [["--msg-timeout=60"], 'invalid value "60" for flag -msg-timeout: parse error'],
  [["--worker-id=5"], 'invalid boolean value "5" for -worker-id: parse error'],
  [["--snappy="], 'invalid boolean value "" for -snappy: parse error'],
  [
    ["--log-level=x"],
    "invalid value \"x\" for flag -log-level: invalid log level 'x' (debug, info, warn, error, fatal)",
  ],
  [
    ["--tls-min-version=ssl3.0"],
    'invalid value "ssl3.0" for flag -tls-min-version: unknown tlsVersionOption "ssl3.0"',
  ],
  [
    ["--tls-required=Maybe"],
    'invalid boolean value "Maybe" for -tls-required: strconv.ParseBool: parsing "maybe": ' +
    "invalid syntax",
  ],
  [["--log-format=xml"], 'invalid value "xml" for flag -log-format: choose one of text, json'],
  [["--e2e-processing-latency-percentile=0.5,abc"], "Could not parse: abc", 1],
  [
    ["--mem-queue-size=abc", "--nonsense"],
    'invalid value "abc" for flag -mem-queue-size: parse error',
  ],
  [["--nonsense", "--mem-queue-size=abc"], "flag provided but not defined: -nonsense"],
  [["--mem-queue-size=abc", "--help"], 'invalid value "abc" for flag -mem-queue-size: parse error'],
  [
    ["--mem-queue-size=abc", "--mem-queue-size=1"],
    'invalid value "abc" for flag -mem-queue-size: parse error',
  ],
];

Deno.test("parseFlags() refuses a misused command line with NSQ's words", () => {
  for (const [words, text, exitCode = 2] of REFUSALS) {
    const error = assertThrows(() => parsed(words), OptionError);
    assertEquals(error.text, text);
    assertEquals(error.exitCode, exitCode);
    assertEquals(error.showUsage, exitCode === 2);
  }
});

Deno.test("parseFlags() types its values by the table", () => {
  const table = {
    mode: { group: "g", type: "choice", choices: ["one", "all"], default: "one", help: "h" },
    count: { group: "g", type: "float", default: 1, flag: "n", help: "h" },
  } as const;
  const flags = parseFlags(table, ["--mode=all", "-n", "0.5"]);
  if (flags.kind !== "flags") throw new Error("help was asked for");
  const mode: "one" | "all" | undefined = flags.values.mode;
  const count: number | undefined = flags.values.count;
  assertEquals([mode, count], ["all", 0.5]);
});
