// nsq_to_http's command line, and its parts by themselves.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { DurationReport } from "../../src/tools/duration_report.ts";
import { queryText, runNsqToHttp } from "../../src/tools/nsq_to_http.ts";
import { FakeStreams } from "./fake_streams.ts";

Deno.test("queryText() escapes bytes as they are", () => {
  assertEquals(queryText(new Uint8Array([0x61, 0x20, 0xff, 0x7e, 0x25])), "a+%FF~%25");
});

Deno.test("DurationReport makes a line of each so many", () => {
  const report = new DurationReport("x", 2);
  assertEquals(report.add(1), undefined);
  assertEquals(report.add(3), "[x]: finished 2 - 99th: 3.00ms - 95th: 3.00ms - avg: 2.00ms");
  assertEquals(new DurationReport("x", 0).add(1), undefined);
});

Deno.test("nsq_to_http refuses command lines it cannot mean", async () => {
  const source = ["--topic=t", "--nsqd-tcp-address=127.0.0.1:1"];
  const cases: [string[], number, string][] = [
    [[], 1, "--topic and --channel are required\n"],
    [["--topic=t"], 1, "--nsqd-tcp-address or --lookupd-http-address required\n"],
    [source, 1, "--get or --post required\n"],
    [[...source, "--get=http://a/%s", "--post=http://a"], 1, "use --get or --post not both\n"],
    [[...source, "--get=http://a/"], 1, "invalid GET address - must be a printf string"],
    [[...source, "--post=a:1"], 1, '"a:1" is no URL of HTTP\n'],
    [[...source, "--get=http://a/%s", "--content-type=x"], 1, "--content-type only used with"],
    [[...source, "--post=http://a", "--content-type="], 1, "--content-type requires a value"],
    [[...source, "--post=http://a", "--header=x"], 1, "--header value format should be"],
    [[...source, "--post=http://a", "--sample=1.5"], 1, "--sample must be between 0.0 and 1.0\n"],
    [[...source, "--post=http://a", "--mode=some"], 2, "some"],
    [[...source, "--post=http://a"], 1, "Cannot connect to nsqd at 127.0.0.1:1"],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runNsqToHttp(words, streams), code, text);
    assertStringIncludes(streams.errorText, text);
  }
});
