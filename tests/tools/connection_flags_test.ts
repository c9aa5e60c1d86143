// The flags that nsq_pub and nsq_tail share.

import { assertEquals, assertThrows } from "@std/assert";
import { parseFlags } from "../../src/options/flag_parser.ts";
import type { OptionsOf } from "../../src/options/option_row.ts";
import { OptionError } from "../../src/options/option_error.ts";
import { connectionFlags, withConnectionFlags } from "../../src/tools/connection_flags.ts";

const NOTHING = Object.fromEntries(
  Object.entries(connectionFlags).map(([key, row]) => [key, row.default]),
) as OptionsOf<typeof connectionFlags>;

function flags(...words: string[]): OptionsOf<typeof connectionFlags> {
  const parsed = parseFlags(connectionFlags, words);
  if (parsed.kind === "help") throw new Error("help was not asked for");
  return { ...NOTHING, ...parsed.values };
}

const read = (path: string) => {
  if (path === "secret") return "open sesame\n";
  throw new Error("no such file");
};

Deno.test("withConnectionFlags() adds what the flags say, and the --tls flags imply TLS", () => {
  const given = { maxAttempts: 3 };
  assertEquals(withConnectionFlags(given, NOTHING, read), given);
  const cases: [string[], object][] = [
    [["--tls"], { tlsV1: true }],
    [["--tls-root-ca-file=ca"], { tlsV1: true, tlsRootCaFile: "ca" }],
    [["--tls-cert=c", "--tls-key=k"], { tlsV1: true, tlsCert: "c", tlsKey: "k" }],
    [["--tls-insecure-skip-verify"], { tlsV1: true, tlsInsecureSkipVerify: true }],
    [["--snappy", "--auth-secret=x"], { snappy: true, authSecret: "x" }],
    [["--deflate", "--auth-secret-file=secret"], { deflate: true, authSecret: "open sesame" }],
  ];
  for (const [words, added] of cases) {
    assertEquals(withConnectionFlags(given, flags(...words), read), { ...given, ...added });
  }
});

Deno.test("withConnectionFlags() refuses what contradicts itself, and a secret that is not there", () => {
  const cases: [string[], string][] = [
    [["--snappy", "--deflate"], "use --snappy or --deflate, not both"],
    [
      ["--auth-secret=x", "--auth-secret-file=secret"],
      "use --auth-secret or --auth-secret-file, not both",
    ],
    [["--auth-secret-file=none"], "failed to read --auth-secret-file - no such file"],
  ];
  for (const [words, text] of cases) {
    const error = assertThrows(() => withConnectionFlags({}, flags(...words), read), OptionError);
    assertEquals([error.text, error.exitCode], [text, 1]);
  }
  assertThrows(() => withConnectionFlags({ snappy: true }, flags("--deflate"), read), OptionError);
});
