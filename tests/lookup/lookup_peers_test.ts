// Announcing to fake servers over real sockets: what they hear, and what they cannot do to us.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { PeerTimings } from "../../src/lookup/lookup_peer.ts";
import type { LookupOrder, Registration } from "../../src/lookup/lookup_port.ts";
import { LookupPeers } from "../../src/lookup/lookup_peers.ts";
import { logTo } from "../base/kept_log.ts";
import { FakeLookupd } from "./fake_lookupd.ts";

const NODE = {
  broadcastAddress: "mine.test",
  tcpPort: 4150,
  httpPort: 4151,
  hostname: "here",
  topologyRegion: "r",
  topologyZone: "z",
  version: "9.9.9",
};
const TIMINGS: PeerTimings = {
  connectLimitMs: 1_000,
  answerLimitMs: 5_000,
  pingIntervalMs: 60_000,
  retryDelayMs: 5,
  retryDelayMsMax: 20,
};

/** Peers whose log is kept, and who are sent away at the end. */
class Announcer implements Disposable {
  readonly lines: string[] = [];
  readonly peers: LookupPeers;
  #onLine: (() => void)[] = [];

  constructor(timings: Partial<PeerTimings> = {}) {
    const log = logTo((text) => {
      this.lines.push(text);
      for (const wake of this.#onLine.splice(0)) wake();
    });
    this.peers = new LookupPeers({ log, timings: { ...TIMINGS, ...timings } });
  }

  servers(addresses: string[], registrations: Registration[] = [], requestLimitMs = 5_000): void {
    const kind = "servers";
    this.peers.order({ kind, addresses, node: NODE, registrations, requestLimitMs });
  }

  register(topic: string, channel?: string, kind: "register" | "unregister" = "register"): void {
    const order: LookupOrder = { kind, topic, ...channel !== undefined && { channel } };
    this.peers.order(order);
  }

  async line(part: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.includes(part));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#onLine.push(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.servers([]);
  }
}

/** Resolves when a server has heard a command, after whatever else. */
async function heard(server: FakeLookupd, command: string): Promise<void> {
  const isHeard = () =>
    server.entries.some((entry) => "command" in entry && entry.command === command);
  while (!isHeard()) await server.take(1);
}

Deno.test("LookupPeers introduces the node and tells topics and channels as they come and go", async () => {
  await using server = new FakeLookupd();
  using announcer = new Announcer();
  announcer.servers([server.address], [["a", []], ["b", ["c", "d#ephemeral"]]]);
  assertEquals(await server.take(2), [{ magic: "  V1" }, {
    command: "IDENTIFY",
    json: {
      broadcast_address: "mine.test",
      hostname: "here",
      http_port: 4151,
      tcp_port: 4150,
      topology_region: "r",
      topology_zone: "z",
      version: "9.9.9",
    },
  }]);
  assertEquals(await server.commands(3), ["REGISTER a", "REGISTER b c", "REGISTER b d#ephemeral"]);
  announcer.register("e");
  announcer.register("e", "f");
  announcer.register("e", "f", "unregister");
  announcer.register("e", undefined, "unregister");
  const expected = ["REGISTER e", "REGISTER e f", "UNREGISTER e f", "UNREGISTER e"];
  assertEquals(await server.commands(4), expected);
  assertEquals(announcer.lines, [`LOOKUPD(${server.address}): connected, version 1.3.0`]);
});

Deno.test("LookupPeers sends PING again and again", async () => {
  await using server = new FakeLookupd();
  using announcer = new Announcer({ pingIntervalMs: 10 });
  announcer.servers([server.address]);
  assertEquals(await server.commands(5), ["IDENTIFY", "PING", "PING", "PING"]);
});

Deno.test("LookupPeers tells everything anew to a server that comes back", async () => {
  await using server = new FakeLookupd();
  using announcer = new Announcer();
  announcer.servers([server.address], [["a", ["b"]]]);
  assertEquals(await server.commands(3), ["IDENTIFY", "REGISTER a b"]);
  announcer.register("c");
  announcer.register("a", "b", "unregister");
  assertEquals(await server.commands(2), ["REGISTER c", "UNREGISTER a b"]);
  server.drop();
  assertEquals((await server.take(5)).slice(1), [
    { magic: "  V1" },
    { command: "IDENTIFY", json: (server.entries[1] as { json: Record<string, unknown> }).json },
    { command: "REGISTER a" },
    { command: "REGISTER c" },
  ]);
});

Deno.test("LookupPeers leaves a server that is no longer wanted and keeps the others", async () => {
  await using first = new FakeLookupd();
  await using second = new FakeLookupd();
  using announcer = new Announcer();
  announcer.servers([first.address], [["t", []]]);
  assertEquals((await first.take(3)).length, 3);
  announcer.servers([first.address, second.address], [["t", []]]);
  assertEquals(await second.commands(3), ["IDENTIFY", "REGISTER t"]);
  announcer.servers([second.address], [["t", []]]);
  assertEquals(await first.take(1), [{ end: "nsqd closed" }]);
  announcer.register("u");
  assertEquals(await second.commands(1), ["REGISTER u"]);
  assertEquals([first.connectionCount, second.connectionCount], [1, 1]);
});

Deno.test("LookupPeers serves one server while another is silent, and tells of that once", async () => {
  await using silent = new FakeLookupd();
  silent.identity = new Uint8Array();
  await using server = new FakeLookupd();
  using announcer = new Announcer({ answerLimitMs: 100 });
  announcer.servers([silent.address, server.address], [["t", []]]);
  // The limit is the good server's as well: where this process stood still for so long, it is told everything once more.
  await heard(server, "REGISTER t");
  assertEquals((await silent.take(12, 30_000)).length, 12); // four attempts: magic, IDENTIFY, end
  const told = announcer.lines.filter((line) => line.includes(silent.address));
  assertEquals(told, [
    `LOOKUPD(${silent.address}): no answer within 100 ms; connecting again until it answers`,
  ]);
});

Deno.test("LookupPeers survives servers that lie", async () => {
  const answers: [unknown, RegExp][] = [
    ["E_INVALID no", /it answered IDENTIFY with "E_INVALID no"/],
    ["[1]", /it answered IDENTIFY with "\[1\]"/],
    ["evil\nFATAL: \u001b[2J", /IDENTIFY with "evil\\nFATAL: \\x1b\[2J"/],
    [new Uint8Array([0xff, 0xff, 0xff, 0xff]), /it announced -1 bytes/],
    [new Uint8Array([0x7f, 0xff, 0xff, 0xff]), /it announced 2147483647 bytes/],
    [new Uint8Array([0, 0, 0, 2, 123, 125, 0, 0, 0, 0]), /it answered what nobody had asked/],
  ];
  for (const [identity, expected] of answers) {
    await using server = new FakeLookupd(identity);
    using announcer = new Announcer();
    announcer.servers([server.address]);
    assertMatch(await announcer.line("connecting again"), expected);
  }
});

Deno.test("LookupPeers connects anew when a registration is refused", async () => {
  await using server = new FakeLookupd();
  server.answer = () => "E_BAD_TOPIC no";
  using announcer = new Announcer();
  announcer.servers([server.address], [["t", []]]);
  assertMatch(await announcer.line("connecting"), /it answered REGISTER t with "E_BAD_TOPIC no"/);
  server.answer = () => "OK";
  while (server.connectionCount < 2) await server.take(1);
  announcer.register("u");
  await heard(server, "REGISTER u");
});

Deno.test("LookupPeers says what is no address, and who is not there", async () => {
  using announcer = new Announcer();
  announcer.servers(["nonsense", "127.0.0.1:1"]);
  assertMatch(await announcer.line("(nonsense)"), /this is no address; write host:port/);
  assertMatch(await announcer.line("(127.0.0.1:1)"), /refused/);
});

Deno.test("LookupPeers.channelsOf() unites what the servers know, without ephemeral and invalid names", async () => {
  await using first = new FakeLookupd();
  await using second = new FakeLookupd();
  const asked: string[] = [];
  first.serve = ({ url, headers }) => {
    asked.push(`${new URL(url).pathname}${new URL(url).search} ${headers.get("accept")}`);
    return Response.json({ channels: ["b", "c#ephemeral", "no good", 7, "a"] });
  };
  second.serve = () => Response.json({ channels: ["b", "z"] });
  using announcer = new Announcer();
  announcer.servers([first.address, second.address], [["t", []]]);
  await Promise.all([first.commands(3), second.commands(3)]);
  assertEquals(await announcer.peers.channelsOf("x#ephemeral"), ["a", "b", "z"]);
  assertEquals(asked, ["/channels?topic=x%23ephemeral application/vnd.nsq; version=1.0"]);
});

/** Asks a server that answers as it should and one of which the log has to tell why it does not. */
async function assertKnownBeside(
  bad: FakeLookupd,
  reason: string,
  requestLimitMs: number,
): Promise<void> {
  await using good = new FakeLookupd();
  good.serve = () => Response.json({ channels: ["a"] });
  using announcer = new Announcer();
  announcer.servers([good.address, bad.address], [["t", []]], requestLimitMs);
  await Promise.all([
    announcer.line(`(${good.address}): c`),
    announcer.line(`(${bad.address}): c`),
  ]);
  assertEquals(await announcer.peers.channelsOf("t"), ["a"]);
  const line = await announcer.line("failed to query");
  assertStringIncludes(line, `pre-create for topic t - http://${bad.httpAddress}: ${reason}`);
}

Deno.test("LookupPeers.channelsOf() takes what is known when a server fails or lies", async () => {
  const channels = Array.from({ length: 1001 }, (_, index) => `c${index}`);
  const answers: [() => Response, string][] = [
    [() => new Response("no", { status: 500 }), "it answered with status 500"],
    [() => new Response("{"), "Expected property name"],
    [() => Response.json({ channels: "all" }), "it answered without a list of channels"],
    [() => Response.json({ channels }), "it named more than 800 channels"],
    [() => new Response(" ".repeat(1024 * 1024 + 1)), "the answer is longer than 1048576 bytes"],
  ];
  for (const [serve, reason] of answers) {
    await using bad = new FakeLookupd();
    bad.serve = serve;
    await assertKnownBeside(bad, reason, 5_000);
  }
});

Deno.test("LookupPeers.channelsOf() takes what is known when a server is slow", async () => {
  await using slow = new FakeLookupd();
  const late = Promise.withResolvers<Response>();
  slow.serve = () => late.promise;
  try {
    // The good server has no longer, even where this process stands still meanwhile.
    await assertKnownBeside(slow, "no answer within", 1_000);
  } finally {
    late.resolve(new Response("late"));
  }
});

Deno.test("LookupPeers.channelsOf() knows none where no server says where to ask", async () => {
  await using server = new FakeLookupd({ broadcast_address: "", http_port: 1 });
  using announcer = new Announcer();
  assertEquals(await announcer.peers.channelsOf("t"), []);
  assertEquals(announcer.lines, []);
  announcer.servers([server.address]);
  assertMatch(await announcer.line("no broadcast"), /it is not asked for channels/);
  assertEquals(await announcer.peers.channelsOf("t"), []);
  assert(await announcer.line("no available nsqlookupd to query for channels"));
});
