// nsq_to_nsq's command line, and its filter by itself.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { filtered } from "../../src/tools/json_filter.ts";
import { runNsqToNsq } from "../../src/tools/nsq_to_nsq.ts";
import { FakeStreams } from "./fake_streams.ts";

/** The body that is passed on, or what else becomes of it. */
function outcome(body: string, field = "", value = "", ...kept: string[]): string {
  const settings = {
    requiredField: field || undefined,
    requiredValue: value || undefined,
    keptFields: kept,
  };
  const result = filtered(new TextEncoder().encode(body), settings);
  return result.kind === "pass" ? new TextDecoder().decode(result.body) : result.kind;
}

Deno.test("filtered() compares text, numbers and booleans", () => {
  assertEquals(outcome("no json"), "no json");
  for (
    const [json, value, isPassed] of [
      ['"x"', "x", true],
      ['"x"', "y", false],
      ["1.0", "1", true],
      ["1", "x", false],
      ["0", " ", false],
      ["true", "true", true],
      ["null", "null", false],
      ["[1]", "1", false],
    ] as const
  ) {
    const body = `{ "a": ${json} }`;
    assertEquals(outcome(body, "a", value), isPassed ? body : "drop");
  }
  assertEquals(outcome("{}", "a", "x"), "drop");
  assert(["[1]", "null", "1", "{", "\xff"].every((body) => outcome(body, "a") === "no object"));
});

Deno.test("filtered() keeps fields with every digit, sorted", () => {
  const body = '{"n": 12345678901234567890, "b":[1.50,{"c":"<é"}], "x":1, "__proto__":2}';
  assertEquals(
    outcome(body, "", "", "n", "b", "gone", "__proto__"),
    '{"__proto__":2,"b":[1.50,{"c":"\\u003cé"}],"n":12345678901234567890}',
  );
  assertEquals(outcome(body, "", "", "gone"), "{}");
});

Deno.test("nsq_to_nsq refuses command lines it cannot mean", async () => {
  const from = "--nsqd-tcp-address=127.0.0.1:1";
  const to = "--destination-nsqd-tcp-address=127.0.0.1:1";
  const cases: [string[], number, string][] = [
    [[], 1, "--topic and --channel are required\n"],
    [["--topic=a b"], 1, "--topic is invalid\n"],
    [["--topic=t", "--destination-topic=a b"], 1, "--destination-topic is invalid\n"],
    [["--topic=t", "--channel=a b"], 1, "--channel is invalid\n"],
    [["--topic=t"], 1, "--nsqd-tcp-address or --lookupd-http-address required\n"],
    [["--topic=t", from], 1, "--destination-nsqd-tcp-address required\n"],
    [["--topic=t", from, to, "--require-json-value=x"], 1, "needs --require-json-field\n"],
    [["--topic=t", from, to, "--mode=some"], 2, "some"],
    [["--topic=t", from, to], 1, "Cannot connect to nsqd at 127.0.0.1:1"],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runNsqToNsq(words, streams), code, text);
    assertStringIncludes(streams.errorText, text);
  }
});
