// nsq_to_file's command line.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runNsqToFile } from "../../src/tools/nsq_to_file.ts";
import { FakeStreams } from "./fake_streams.ts";

Deno.test("nsq_to_file refuses command lines it cannot mean", async () => {
  const address = "--nsqd-tcp-address=127.0.0.1:1";
  const cases: [string[], number, string][] = [
    [["x"], 1, "unknown arguments: [x]\n"],
    [["--log-level=loud", "--channel="], 1, "--log-level is invalid\n"],
    [["--channel="], 1, "--channel is required\n"],
    [["--topic=t"], 1, "--nsqd-tcp-address or --lookupd-http-address required.\n"],
    [[address, "--gzip-level=0"], 1, "invalid --gzip-level value (0), should be 1-9\n"],
    [[address], 1, "--topic or --topic-pattern required\n"],
    [[address, "--topic=a b"], 1, "invalid topic name\n"],
    [[address, "--topic=t", "--gzip", "--filename-format=x"], 1, "missing <REV> in"],
    [[address, "--topic=t", "--topic=u", "--filename-format=x"], 1, "missing <TOPIC> in"],
    [[address, "--topic=t", "--sync-interval=0"], 1, "--sync-interval must be > 0\n"],
    [[address, "--topic=t", "--consumer-opt=nonsense"], 2, "invalid option nonsense\n"],
    [["--help"], 0, "Usage: nsq_to_file"],
  ];
  for (const [words, code, text] of cases) {
    const streams = new FakeStreams();
    assertEquals(await runNsqToFile(words, streams), code, text);
    assertStringIncludes(streams.errorText, text);
  }
});
