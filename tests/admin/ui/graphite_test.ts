/** Addresses of graphs: upstream's names of series. */
import { assertEquals } from "@std/assert";
import { graphLinks, graphTarget, statsdName } from "../../../src/admin/ui/graphite.ts";

const settings = {
  url: "http://graphite/",
  counterFormat: "stats.counters.%s.count",
  gaugeFormat: "stats.gauges.%s",
  intervalSeconds: 60,
  prefix: "nsq.%s.",
};

Deno.test("graphTarget names series of all nodes or of one", () => {
  assertEquals(
    graphTarget(settings, { topic: "a/b", channel: "c#ephemeral" }, "depth", false),
    "sumSeries(stats.gauges.nsq.*.topic.a-b.channel.cephemeral.depth)",
  );
  assertEquals(
    graphTarget(settings, { topic: "t", node: "h.x:4151" }, "message_count", true),
    `scale(sumSeries(stats.counters.nsq.h_x_4151.topic.t.message_count.count),${1 / 60})`,
  );
});

Deno.test("graphLinks lead to the server's render page", () => {
  const links = graphLinks(settings, { topic: "t" });
  assertEquals(links.map(({ name }) => name), ["depth", "messages"]);
  const address = new URL(links[0]!.address);
  assertEquals(`${address.origin}${address.pathname}`, "http://graphite/render");
  assertEquals(address.searchParams.get("target"), "sumSeries(stats.gauges.nsq.*.topic.t.depth)");
  assertEquals(graphLinks(settings, { node: "h" }), []);
});

Deno.test("statsdName drops what statsd would not keep", () => {
  assertEquals(statsdName("a b/c#d.e_f-g"), "a_b-cd.e_f-g");
});
