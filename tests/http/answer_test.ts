// Requests in process: what they do to topics and channels, to the log, and what a crash looks like from outside.

import { assertEquals, assertMatch } from "@std/assert";
import { TestHost } from "./test_host.ts";

Deno.test("GET /ping says OK, or 500 and why not, without the NSQ header", async () => {
  const host = new TestHost();
  const healthy = await host.ask("GET", "/ping");
  host.health = "NOK - disk full";
  const sick = await host.ask("GET", "/ping");
  assertEquals([healthy.status, await healthy.text()], [200, "OK"]);
  assertEquals([sick.status, await sick.text()], [500, "NOK - disk full"]);
  assertEquals(Object.fromEntries(sick.headers), { "content-type": "text/plain; charset=utf-8" });
});

Deno.test("GET /info shows addresses and limits in upstream's order", async () => {
  const host = new TestHost({ broadcastAddress: "b<&>.test", topologyZone: "z" });
  const reply = await host.ask("GET", "/info");
  const start = Math.floor(host.startWallMs / 1000);
  assertEquals(
    (await reply.text()).replace(/"version":"[^"]*"/, `"version":"?"`),
    `{"version":"?","broadcast_address":"b\\u003c\\u0026\\u003e.test","hostname":"here",` +
      `"http_port":4151,"tcp_port":4150,"start_time":${start},` +
      `"max_heartbeat_interval":60000000000,"max_output_buffer_size":65536,` +
      `"max_output_buffer_timeout":30000000000,"max_deflate_level":6,` +
      `"topology_zone":"z","topology_region":""}`,
  );
  assertEquals(reply.headers.get("x-nsq-content-type"), "nsq; version=1.0");
});

async function succeed(host: TestHost, ...targets: string[]): Promise<void> {
  for (const target of targets) {
    const reply = await host.ask("POST", target);
    assertEquals([reply.status, await reply.text()], [200, ""], target);
    assertEquals(Object.fromEntries(reply.headers), { "x-nsq-content-type": "nsq; version=1.0" });
  }
}

Deno.test("POST /topic/* creates, pauses, empties and deletes, saving what is to be kept", async () => {
  const host = new TestHost();
  await succeed(host, "/topic/create?topic=t", "/topic/create?topic=t");
  const topic = host.topics.get("t")!;
  await succeed(host, "/topic/pause?topic=t", "/topic/pause?topic=t");
  assertEquals(topic.isPaused, true);
  await succeed(host, "/topic/unpause?topic=t");
  assertEquals(topic.isPaused, false);
  await host.ask("POST", "/pub?topic=t", "x");
  await succeed(host, "/topic/empty?topic=t");
  assertEquals(topic.depth, 0);
  await succeed(host, "/topic/delete?topic=t");
  assertEquals([host.topics.all.size, topic.isDeleted, host.saveCount], [0, true, 6]);
});

Deno.test("POST /channel/* creates, pauses, empties and deletes, saving what is to be kept", async () => {
  const host = new TestHost();
  const both = "topic=t&channel=c";
  await succeed(
    host,
    "/topic/create?topic=t",
    `/channel/create?${both}`,
    `/channel/create?${both}`,
  );
  const topic = host.topics.get("t")!;
  const channel = topic.channels.get("c")!;
  await succeed(host, `/channel/pause?${both}`);
  assertEquals(channel.isPaused, true);
  await succeed(host, `/channel/unpause?${both}`);
  assertEquals(channel.isPaused, false);
  await host.ask("POST", "/mpub?topic=t", "1\n2\n3");
  host.settle();
  assertEquals(channel.depth, 3);
  await succeed(host, `/channel/empty?${both}`);
  assertEquals(channel.depth, 0);
  await succeed(host, `/channel/delete?${both}`);
  assertEquals([topic.channels.size, channel.isDeleted, host.saveCount], [0, true, 6]);
});

Deno.test("GET /config/:option shows text as it is and everything else as JSON", async () => {
  const host = new TestHost({ logPrefix: "", broadcastAddress: "<b>", msgTimeout: 90_000 });
  const value = async (name: string) => {
    const reply = await host.ask("GET", `/config/${name}`);
    return [reply.headers.get("content-type"), await reply.text()];
  };
  const text = "text/plain; charset=utf-8";
  const json = "application/json; charset=utf-8";
  assertEquals(await value("broadcast_address"), [text, "<b>"]);
  assertEquals(await value("log_prefix"), [null, ""]);
  assertEquals(await value("msg_timeout"), [json, "90000000000"]);
  assertEquals(await value("log_level"), [json, "2"]);
  assertEquals(await value("nsqlookupd_tcp_addresses"), [json, "[]"]);
  assertEquals(await value("tls_required"), [json, "0"]);
});

Deno.test("PUT /config/:option sets what can be set, and answers as GET would", async () => {
  const host = new TestHost();
  const put = async (name: string, value: string) =>
    await (await host.ask("PUT", `/config/${name}`, value)).text();
  assertEquals(await put("log_level", "ERROR"), "4");
  assertEquals(host.options.logLevel, "error");
  assertEquals(await put("nsqlookupd_tcp_addresses", `["a:1","b:2"]`), `["a:1","b:2"]`);
  assertEquals(host.options.lookupdTcpAddress, ["a:1", "b:2"]);
  assertEquals(await put("nsqlookupd_tcp_addresses", "null"), "[]");
});

Deno.test("PUT /debug/setblockrate refuses a rate that is no number", async () => {
  const host = new TestHost();
  const refused = await host.ask("PUT", "/debug/setblockrate?rate=a%22");
  assertEquals(
    [refused.status, await refused.text()],
    [400, `invalid block rate : strconv.Atoi: parsing "a\\"": invalid syntax`],
  );
  assertEquals(refused.headers.get("content-type"), "text/plain; charset=utf-8");
});

Deno.test("HTTP API refuses a path with a broken escape as Go's server does", async () => {
  const reply = await new TestHost().ask("GET", "/ping%zz");
  assertEquals([reply.status, await reply.text()], [400, "400 Bad Request"]);
  assertEquals(reply.headers.get("content-type"), "text/plain; charset=utf-8");
  assertEquals(reply.headers.get("x-nsq-content-type"), null);
});

Deno.test("PUT /debug/setblockrate says what is wrong with a rate as Go does", async () => {
  const host = new TestHost();
  const reasonFor = async (rate: string) =>
    await (await host.ask("PUT", `/debug/setblockrate?rate=${rate}`)).text();
  const sentence = "invalid block rate : strconv.Atoi: parsing ";
  assertEquals(await reasonFor("%C3%A4"), `${sentence}"ä": invalid syntax`);
  const tooLarge = "9223372036854775808";
  assertEquals(await reasonFor(tooLarge), `${sentence}"${tooLarge}": value out of range`);
  assertEquals(await reasonFor("9223372036854775807"), `{"message":"INTERNAL_ERROR"}`);
});

Deno.test("HTTP API logs a line for each request but publishing", async () => {
  const host = new TestHost();
  await host.ask("GET", "/ping?a=%zz");
  await host.ask("POST", "/topic/delete?topic=x");
  await host.ask("GET", "/nothing?x");
  await host.ask("PUT", "/ping");
  await host.ask("POST", "/pub?topic=t", "x");
  await host.ask("POST", "/mpub?topic=%zz", "x");
  assertEquals(host.lines, [
    "INFO 200 GET /ping?a=%zz (127.0.0.1:9999) 0s",
    "INFO 404 POST /topic/delete?topic=x (127.0.0.1:9999) 0s",
    "INFO 404 GET /nothing?x (127.0.0.1:9999) 0s",
    "INFO 405 PUT /ping (127.0.0.1:9999) 0s",
  ]);
});

Deno.test("HTTP API answers 500 when a handler crashes, and logs why", async () => {
  const host = new TestHost();
  host.metadataSaved = () => Promise.reject(new Error("a bug"));
  const reply = await host.ask("POST", "/topic/create?topic=t");
  assertEquals([reply.status, await reply.text()], [500, `{"message":"INTERNAL_ERROR"}`]);
  assertEquals(reply.headers.get("x-nsq-content-type"), "nsq; version=1.0");
  assertMatch(host.lines[0]!, /^ERROR HTTP: POST \/topic\/create failed - Error: a bug/);
});
