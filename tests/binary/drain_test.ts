/**
 * Draining the executable: by SIGTERM with --drain-timeout and by PUT /config/drain. Publishing is refused, the lookup
 * servers forget the node, what it has is delivered, it ends by itself; and at the deadline nothing is lost.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { Daemon } from "../daemons/daemon.ts";
import { until } from "../daemons/waiting.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { executableTest } from "./executable.ts";
import { frameKinds, messageOf, RawClient, textOf } from "./raw_client.ts";

function nsqd(dataPath: string, ...flags: string[]): Promise<Daemon> {
  const common = [`--data-path=${dataPath}`, "--min-free-space=0", "--broadcast-address=127.0.0.1"];
  return Daemon.start({ program: "nsqd", flags: [...common, ...flags] });
}

/** Takes what comes, so many messages, and finishes them; their bodies in order. */
async function finished(client: RawClient, count: number): Promise<string[]> {
  const bodies: string[] = [];
  while (bodies.length < count) {
    const frame = await client.frame();
    if (frame.kind !== frameKinds.message) throw new Error(textOf(frame));
    bodies.push(messageOf(frame).body);
    await client.command(`FIN ${messageOf(frame).id}`);
  }
  return bodies;
}

async function refused(broker: Daemon): Promise<void> {
  const reply = await broker.ask("POST", "/pub?topic=t", "late");
  assertEquals([reply.status, reply.text], [503, '{"message":"DRAINING"}']);
  const commands = [["PUB t", "x"], ["MPUB t", "\0\0\0\x01\0\0\0\x01x"], [
    "DPUB t 5",
    "x",
  ]] as const;
  for (const [line, body] of commands) {
    using client = await RawClient.connect(broker.tcpAddress);
    const [name] = line.split(" ");
    const expected =
      `E_${name}_FAILED ${name} failed this nsqd is draining: publish to another one`;
    assertEquals(await client.ask(line, body), expected);
  }
}

for (const confined of [true, false]) {
  executableTest(
    `nsqd drains at SIGTERM and ends when nothing is left (confined ${confined})`,
    async () => {
      using folder = new TemporaryFolder();
      const lookup = await Daemon.start({ program: "nsqlookupd", flags: [] });
      await using _lookup = lookup;
      const broker = await nsqd(
        folder.path,
        "--drain-timeout=5m",
        `--confined=${confined}`,
        `--lookupd-tcp-address=${lookup.tcpAddress}`,
      );
      await using _broker = broker;
      for (let number = 0; number < 20; number++) {
        await broker.ask("POST", "/pub?topic=t", `m${number}`);
      }
      await broker.ask("POST", "/pub?topic=t&defer=1500", "deferred");
      const isKnown = async () => (await lookup.ask("GET", "/nodes")).text.includes('"t"');
      await until(isKnown, () => lookup.tail);
      using consumer = await RawClient.connect(broker.tcpAddress);
      assertEquals(await consumer.ask("SUB t c"), "OK");
      Deno.kill(broker.pid, "SIGTERM");
      await broker.logged(
        /DRAIN: publishing is refused.*depth 2\d, in flight 0, deferred [01], at most 5m$/,
      );
      await refused(broker);
      await until(async () => !await isKnown(), () => lookup.tail);
      const view = await broker.json("/config/drain");
      // On a slow machine the deferred one may be due by now.
      assertEquals([view.draining, Number(view.depth) + Number(view.deferred)], [true, 21]);
      assertMatch(
        (await broker.ask("GET", "/stats")).text,
        /^Draining: depth 2\d, in flight 0, deferred [01]$/m,
      );
      await consumer.command("RDY 5");
      const expected = Array.from({ length: 20 }, (_, number) => `m${number}`);
      assertEquals((await finished(consumer, 21)).toSorted(), [...expected, "deferred"].toSorted());
      assertEquals(await broker.ended(), 0);
      assertEquals(broker.count(/DRAIN: nothing is left, stopping/), 1);
      await using again = await nsqd(folder.path);
      const { text } = await again.ask("GET", "/stats?format=json&topic=t");
      assertEquals(JSON.parse(text).topics[0].channels[0].depth, 0);
    },
  );
}

executableTest("nsqd that drains keeps at the deadline what nobody took", async () => {
  using folder = new TemporaryFolder();
  const broker = await nsqd(folder.path, "--drain-timeout=500ms");
  await using _broker = broker;
  await broker.ask("POST", "/pub?topic=t", "kept");
  {
    using consumer = await RawClient.connect(broker.tcpAddress);
    assertEquals(await consumer.ask("SUB t c"), "OK");
    await consumer.command("RDY 1");
    assertEquals(messageOf(await consumer.frame()).body, "kept");
    await broker.ask("POST", "/pub?topic=t", "behind it");
    await broker.ask("POST", "/pub?topic=t&defer=600000", "much later");
    Deno.kill(broker.pid, "SIGTERM");
    assertEquals(await broker.ended(), 0);
  }
  assertEquals(
    broker.count(
      /the time is over, stopping; kept for the next start: depth 1, in flight 1, deferred 1/,
    ),
    1,
  );
  await using again = await nsqd(folder.path);
  using consumer = await RawClient.connect(again.tcpAddress);
  assertEquals(await consumer.ask("SUB t c"), "OK");
  await consumer.command("RDY 5");
  assertEquals((await finished(consumer, 2)).toSorted(), ["behind it", "kept"]);
  const { text } = await again.ask("GET", "/stats?format=json&topic=t");
  assertEquals(JSON.parse(text).topics[0].channels[0].deferred_count, 1);
});

executableTest(
  "nsqd drains by PUT /config/drain, can be called back, and obeys a second signal",
  async () => {
    using folder = new TemporaryFolder();
    const broker = await nsqd(folder.path, "--drain-timeout=1h");
    await using _broker = broker;
    await broker.ask("POST", "/pub?topic=t", "one");
    const begun = await broker.ask("PUT", "/config/drain");
    assertEquals([begun.status, JSON.parse(begun.text).draining], [200, true]);
    await refused(broker);
    const ended = await broker.ask("PUT", "/config/drain", "false");
    assertEquals(ended.text, '{"draining":false}');
    assertEquals((await broker.ask("POST", "/pub?topic=t", "two")).text, "OK");
    Deno.kill(broker.pid, "SIGTERM");
    // The second time; and two signals at once would be one.
    const begins = () => broker.count(/DRAIN: publishing is refused.*at most 1h$/);
    await until(() => begins() === 2, () => broker.tail);
    assertEquals(await broker.stop("SIGTERM"), 0);
    await using again = await nsqd(folder.path);
    const { text } = await again.ask("GET", "/stats?format=json&topic=t");
    assertEquals(JSON.parse(text).topics[0].depth, 2);
    // Without the option SIGTERM stops at once, as upstream's does.
    assertEquals(await again.stop("SIGTERM"), 0);
    assertEquals(again.count(/DRAIN/), 0);
  },
);
