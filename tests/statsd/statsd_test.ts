// Reports to statsd: packets, the way over UDP, and what a broker says.

import { assert, assertEquals } from "@std/assert";
import { Producer } from "../../src/client/producer.ts";
import { packed } from "../../src/statsd/packets.ts";
import { UdpSender } from "../../src/statsd/udp_sender.ts";
import { SILENT_LOG } from "../base/kept_log.ts";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { until } from "../daemons/waiting.ts";
import { StatsdServer } from "../conformance/statsd_server.ts";

function texts(packets: readonly Uint8Array[]): string[] {
  return packets.map((packet) => new TextDecoder().decode(packet));
}

Deno.test("packed() puts as many whole lines in a packet as fit, and a longer one alone", () => {
  assertEquals(texts(packed(["a:1|c\n", "b:2|c\n", "c:3|c\n"], 12)), ["a:1|c\nb:2|c\n", "c:3|c\n"]);
  const long = `${"x".repeat(30)}:1|c\n`;
  assertEquals(texts(packed(["a:1|c\n", long, "b:1|c\n"], 12)), ["a:1|c\n", long, "b:1|c\n"]);
  assertEquals(packed([], 12), []);
});

Deno.test("UdpSender spreads a report over its time, and a new one ends what is left", async () => {
  const server = await StatsdServer.open();
  const later: { delayMs: number; action: () => void }[] = [];
  const timers = {
    after(delayMs: number, action: () => void) {
      const each = { delayMs, action };
      later.push(each);
      return () => void later.splice(0, later.length, ...later.filter((other) => other !== each));
    },
  };
  const sender = new UdpSender({ log: SILENT_LOG, nowMs: () => 0, timers });
  const packets = ["a", "b", "c", "d"].map((text) => new TextEncoder().encode(`${text}:1|c\n`));
  sender.send({ address: server.address, packets, spreadMs: 1000 });
  assertEquals(later.map(({ delayMs }) => delayMs), [250]);
  later.shift()!.action();
  const next = [new TextEncoder().encode("next:1|c\n")];
  sender.send({ address: server.address, packets: next, spreadMs: 1000 });
  assertEquals(later, []);
  assertEquals((await server.linesUntil("next")).toSorted(), ["a:1|c", "b:1|c", "next:1|c"]);
  sender.close();
  server.close();
});

Deno.test("StatsdServer gives the first report that shows what is wanted, and no other", async () => {
  const server = await StatsdServer.open();
  server.lines.push("old:1|c", "t.clients:0|g", "last:1|c");
  server.lines.push("new:1|c", "t.clients:1|g", "last:0|c", "newer:1|c", "t.clients:2|g");
  const report = await server.firstReport("last", /clients:[1-9]/, 1000);
  assertEquals(report, ["new:1|c", "t.clients:1|g", "last:0|c"]);
  assertEquals(await server.firstReport("last", /clients:2/, 0), server.lines);
  server.close();
});

Deno.test("UdpSender tells once that it cannot send", async () => {
  const warnings: string[] = [];
  const log = { ...SILENT_LOG, warn: (text: string) => void warnings.push(text) };
  const sender = new UdpSender({ log, nowMs: () => 0 });
  const report = { packets: [new Uint8Array(70_000)], spreadMs: 1 };
  sender.send({ address: "127.0.0.1:9", ...report });
  sender.send({ address: "127.0.0.1:9", ...report });
  for (let left = 2000; warnings.length === 0 && left > 0; left--) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  sender.close();
  assertEquals(warnings.length, 1);
  assert(warnings[0]!.startsWith("STATSD: cannot send to 127.0.0.1:9 - "), warnings[0]);
});

Deno.test("A broker reports what upstream reports, with percentiles and without what is ephemeral", async () => {
  const server = await StatsdServer.open();
  const named = () => new Set(server.lines.map((line) => line.replace(/:-?\d+\|/, ":")));
  const channel = "my.topic.t.channel.c";
  const names = [
    "my.topic.t.message_bytes:c",
    "my.topic.t.e2e_processing_latency_100:g",
    "my.topic.t.e2e_processing_latency_12:g",
    `${channel}.requeue_count:c`,
    `${channel}.e2e_processing_latency_100:g`,
    "my.mem.heap_in_use_bytes:g",
    "my.mem.gc_runs:c",
  ];
  using folder = new TemporaryFolder();
  {
    await using broker = await BrokerHere.start(
      folder.path,
      `--statsd-address=${server.address}`,
      "--statsd-interval=1100ms",
      "--statsd-prefix=my",
      "--statsd-exclude-ephemeral",
      "--e2e-processing-latency-percentile=0.999,0.125",
    );
    // Together: a report between the two would count one of them.
    const producer = new Producer({ address: broker.address });
    await producer.publishAll("t", ["one", "three"]);
    await producer.close();
    await broker.publish("e#ephemeral", "two");
    await broker.consume("t", "c", 2);
    await server.linesUntil("topic.t.message_count:2|c");
    await server.linesUntil("topic.t.message_count:0|c");
    for (const name of names) {
      await until(() => named().has(name), () => `no ${name} of ${[...named()].join(" ")}`);
    }
  }
  server.close();
  assert(![...named()].some((name) => name.includes("ephemeral")));
});
