// What every tool does the same way, whatever it is for.

import { assertEquals } from "@std/assert";
import { writeAll } from "../../src/tools/process_streams.ts";
import { runTool } from "../../src/tools/tool_options.ts";
import { FakeStreams } from "./fake_streams.ts";

const tool = { program: "t", about: "Prints.", table: {} };

Deno.test("runTool() ends without a word when whoever read the output has gone", async () => {
  const streams = new FakeStreams();
  streams.outputError = new Deno.errors.BrokenPipe("broken pipe");
  const code = await runTool(tool, [], streams, async () => {
    await writeAll(streams.output, "much");
    return 0;
  });
  assertEquals([code, streams.errorText], [1, ""]);
});
