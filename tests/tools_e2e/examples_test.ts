// Every TypeScript example of the documentation and of the library's doc comments runs, to its end and without complaint.

import { assert, assertEquals } from "@std/assert";
import { examples } from "../readme/documents.ts";
import { deno, writeExample } from "../readme/example.ts";
import { Cluster } from "./cluster.ts";

/** Topics that examples use; each example gets one of its own. */
const TOPIC = /"(greetings|orders|invoices)"/g;
/** A text that an example waits for. */
const AWAITED = /=== "(stop|the last one)"|!== "(the last one)"/;

Deno.test("documentation: every TypeScript example runs", async (test) => {
  await using cluster = await Cluster.start(1);
  const [broker] = cluster.brokers;
  let number = 0;
  for (const [place, text] of examples()) {
    const topic = `example.${number++}`;
    const rewritten = text.replace(TOPIC, `"${topic}"`)
      .replaceAll("127.0.0.1:4150", `127.0.0.1:${broker!.tcpPort}`)
      .replaceAll("127.0.0.1:4161", cluster.lookupd.httpAddress);
    const awaited = AWAITED.exec(text);
    if (awaited) {
      await broker!.post(`/mpub?topic=${topic}`, `an order\n${awaited[1] ?? awaited[2]}`);
    }
    await test.step(place, async () => {
      const path = await writeExample(rewritten);
      const { code, stderr } = await deno("run", "-A", "--no-check", path);
      await Deno.remove(path);
      assertEquals([code, stderr], [0, ""], rewritten);
    });
  }
  assert(number > 0);
});
