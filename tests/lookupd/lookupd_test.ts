// A whole nsqlookupd over real sockets: what the recorded conversations do not show, hostile input above all.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { bytesOf, byteString, byteStringOfText } from "../../src/base/byte_string.ts";
import { Lookupd } from "../../src/lookupd/lookupd.ts";
import { type LookupdOptions, NSQLOOKUPD_OPTIONS } from "../../src/options/nsqlookupd_options.ts";
import { logTo } from "../base/kept_log.ts";
import { promtool } from "../web/promtool.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { until } from "../daemons/waiting.ts";

const REACHABILITY = {
  dialTimeoutMs: 500,
  retryMs: 1,
  pauseMs: 0,
  atOnceMax: 2,
  perSecondMax: 1000,
};
const NODE = { broadcast_address: "127.0.0.1", tcp_port: 1, http_port: 1, version: "1.3.0" };

interface Scene {
  readonly lookupd: Lookupd;
  readonly lines: string[];
  get(path: string): Promise<unknown>;
  connect(): Promise<Client>;
}

class Client {
  readonly #connection: Deno.TcpConn;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  async send(text: string): Promise<void> {
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** The next reply; undefined when the server has hung up. */
  async reply(): Promise<string | undefined> {
    const head = await this.#take(4);
    if (head === undefined) return undefined;
    const body = await this.#take(new DataView(head.buffer).getInt32(0));
    return body === undefined ? undefined : byteString(body);
  }

  async #take(count: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const read = await this.#connection.read(bytes.subarray(at)).catch(() => null);
      if (read === null) return undefined;
      at += read;
    }
    return bytes;
  }

  async identify(facts: Record<string, unknown> = NODE): Promise<string | undefined> {
    await this.send(`  V1IDENTIFY\n${sized(JSON.stringify(facts))}`);
    return await this.reply();
  }

  async ask(line: string): Promise<string | undefined> {
    await this.send(`${line}\n`);
    return await this.reply();
  }

  close(): void {
    this.#connection.close();
  }
}

function sized(text: string): string {
  const bytes = byteStringOfText(text);
  const head = new Uint8Array(4);
  new DataView(head.buffer).setInt32(0, bytes.length);
  return byteString(head) + bytes;
}

async function withLookupd(
  given: Partial<LookupdOptions>,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  const log = logTo((text) => lines.push(text));
  const options = {
    ...defaultsOf(NSQLOOKUPD_OPTIONS),
    checkReachability: false,
    tcpAddress: "127.0.0.1:0",
    httpAddress: "127.0.0.1:0",
    broadcastAddress: "look.test",
    ...given,
  };
  const inputs = { options, log, hostname: "here", reachability: REACHABILITY };
  const lookupd = await Lookupd.start(inputs);
  const clients: Client[] = [];
  try {
    await play({
      lookupd,
      lines,
      get: async (path) => {
        const response = await fetch(`http://127.0.0.1:${lookupd.httpPort}${path}`);
        return await response.json();
      },
      connect: async () => {
        const port = lookupd.tcpPort;
        const client = new Client(await Deno.connect({ hostname: "127.0.0.1", port }));
        clients.push(client);
        return client;
      },
    });
  } finally {
    for (const client of clients) client.close();
    await lookupd.stop();
  }
}

Deno.test("Lookupd introduces itself and answers for a registered topic", async () => {
  await withLookupd({}, async ({ lookupd, get, connect }) => {
    const client = await connect();
    const reply = await client.identify();
    assertEquals(JSON.parse(reply!), {
      broadcast_address: "look.test",
      hostname: "here",
      http_port: lookupd.httpPort,
      tcp_port: lookupd.tcpPort,
      version: "0.1.0",
    });
    assertEquals(await client.ask("REGISTER t c"), "OK");
    const found = await get("/lookup?topic=t") as { producers: { remote_address: string }[] };
    assertEquals(found.producers.length, 1);
    assertMatch(found.producers[0]!.remote_address, /^127\.0\.0\.1:\d+$/);
  });
});

for (
  const [name, bytes, expected] of [
    ["a negative size", "\xff\xff\xff\xff", "E_BAD_BODY IDENTIFY invalid body size -1"],
    ["the most negative size", "\x80\0\0\0", "E_BAD_BODY IDENTIFY invalid body size -2147483648"],
    ["a huge size", "\x7f\xff\xff\xff", "E_BAD_BODY IDENTIFY body too big 2147483647 > 16384"],
    ["nested arrays", sized("[".repeat(9000)), "E_BAD_BODY IDENTIFY failed to decode JSON body"],
    ["null", sized("null"), "E_BAD_BODY IDENTIFY missing fields"],
    [
      "a number as remote_address",
      sized(JSON.stringify({ ...NODE, remote_address: 1 })),
      "E_BAD_BODY IDENTIFY failed to decode JSON body",
    ],
    ["a fraction", sized('{"tcp_port":1.5}'), "E_BAD_BODY IDENTIFY failed to decode JSON body"],
  ] as const
) {
  Deno.test(`Lookupd survives IDENTIFY with ${name}`, async () => {
    await withLookupd({}, async ({ get, connect }) => {
      const client = await connect();
      await client.send(`  V1IDENTIFY\n${bytes}`);
      assertEquals(await client.reply(), expected);
      assertEquals(await client.reply(), undefined);
      assertEquals(await get("/topics"), { topics: [] });
    });
  });
}

Deno.test("Lookupd gives bytes back as they came", async () => {
  await withLookupd({}, async ({ connect }) => {
    const client = await connect();
    await client.identify();
    assertEquals(
      await client.ask("REGISTER \xff'"),
      "E_BAD_TOPIC REGISTER topic name '\xff'' is not valid",
    );
  });
});

Deno.test("Lookupd trims white space of UTF-8, and no single bytes", async () => {
  await withLookupd({}, async ({ connect }) => {
    const client = await connect();
    await client.identify();
    const spaces = byteStringOfText("\u3000\t\u00a0\u2003\u0085\u1680\u205f ");
    assertEquals(await client.ask(`${spaces}PING${spaces}`), "OK");
    assertEquals(await client.ask(spaces), "E_INVALID invalid command ");
    const other = await connect();
    await other.identify();
    assertEquals(await other.ask("PING\xa0"), "E_INVALID invalid command PING\xa0");
  });
});

Deno.test("Lookupd takes a producer off its lists before an error's connection is closed", async () => {
  await withLookupd({}, async ({ get, connect }) => {
    const client = await connect();
    await client.identify();
    assertEquals(await client.ask("REGISTER t c"), "OK");
    assertEquals(await client.ask("NO"), "E_INVALID invalid command NO");
    assertEquals(await client.reply(), undefined);
    assertEquals(await get("/nodes"), { producers: [] });
    assertEquals(await get("/lookup?topic=t"), { channels: ["c"], producers: [] });
  });
});

Deno.test("Lookupd shows half of a surrogate pair as Go does", async () => {
  await withLookupd({}, async ({ get, connect }) => {
    const client = await connect();
    await client.identify({ ...NODE, hostname: "a\ud800b" });
    const { producers } = await get("/nodes") as { producers: { hostname: string }[] };
    assertEquals(producers.map(({ hostname }) => hostname), ["a\ufffdb"]);
  });
});

for (const word of ["__proto__", "constructor", "toString"]) {
  Deno.test(`Lookupd knows no command ${word}`, async () => {
    await withLookupd({}, async ({ connect }) => {
      const client = await connect();
      assertEquals(await client.ask(`  V1${word}`), `E_INVALID invalid command ${word}`);
    });
  });
}

Deno.test("Lookupd hangs up on an endless line", async () => {
  await withLookupd({}, async ({ connect, lines }) => {
    const client = await connect();
    await client.send(`  V1${"x".repeat(5000)}`);
    assertEquals(await client.reply(), undefined);
    assert(lines.some((line) => line.includes("a line that is too long")));
  });
});

Deno.test("Lookupd hangs up on who does not finish in time", async () => {
  await withLookupd({ handshakeTimeout: 1 }, async ({ connect, lines }) => {
    assertEquals(await (await connect()).reply(), undefined);
    assert(lines.some((line) => line.endsWith("took too long")), lines.join("\n"));
  });
  await withLookupd({ commandTimeout: 1 }, async ({ connect, lines }) => {
    const slow = await connect();
    await slow.send("  V1PIN");
    assertEquals(await slow.reply(), undefined);
    assert(lines.some((line) => line.endsWith("took too long")), lines.join("\n"));
  });
});

Deno.test("Lookupd refuses registrations beyond its limit", async () => {
  await withLookupd({ maxRegistrations: 4 }, async ({ lookupd, connect, get }) => {
    const client = await connect();
    await client.identify();
    assertEquals(await client.ask("REGISTER t c"), "OK");
    const other = await connect();
    await other.identify();
    assertMatch(await other.ask("REGISTER u") ?? "", /^E_INVALID REGISTER failed - /);
    const url = `http://127.0.0.1:${lookupd.httpPort}/topic/create?topic=v`;
    const refusal = await fetch(url, { method: "POST" });
    assertEquals(refusal.status, 503);
    assertEquals(await refusal.json(), { message: "TOO_MANY_REGISTRATIONS" });
    assertEquals(await get("/topics"), { topics: ["t"] });
  });
});

Deno.test("Lookupd refuses connections beyond its limit", async () => {
  await withLookupd({ maxConnections: 1 }, async ({ connect }) => {
    const first = await connect();
    assertEquals(await first.ask("  V1PING"), "OK");
    assertEquals(await (await connect()).reply(), undefined);
    assertEquals(await first.ask("PING"), "OK");
  });
});

Deno.test("Lookupd says in /nodes which nsqd clients cannot reach", async () => {
  await withLookupd({ checkReachability: true }, async ({ lookupd, connect, get, lines }) => {
    const { tcpPort: tcp_port, httpPort: http_port } = lookupd;
    const good = await connect();
    await good.identify({ ...NODE, tcp_port, http_port, hostname: "good" });
    const bad = await connect();
    await bad.identify({ ...NODE, hostname: "bad" });
    const reasons = async () => {
      const { producers } = await get("/nodes") as { producers: Record<string, string>[] };
      return producers.map(({ hostname, unreachable }) => [hostname, unreachable]);
    };
    await until(async () => (await reasons())[1]?.[1] !== undefined);
    const [[, none] = [], [name, reason] = []] = await reasons();
    assertEquals([none, name], [undefined, "bad"]);
    assertMatch(reason ?? "", /^TCP port 1: /);
    assertEquals(lines.filter((line) => line.includes("--broadcast-address")).length, 1);
  });
});

Deno.test("Lookupd writes times in /debug to the nanosecond", async () => {
  await withLookupd({}, async ({ lookupd, connect }) => {
    await (await connect()).identify();
    const text = await (await fetch(`http://127.0.0.1:${lookupd.httpPort}/debug`)).text();
    assertMatch(text, /^\{"client::":\[\{"broadcast_address":"127.0.0.1",.*\}\]\}$/);
    assertMatch(text, /"last_update":\d{19},/);
    assertMatch(text, /"tombstoned":false,"tombstoned_at":-6795364578871345152,/);
  });
});

Deno.test("Lookupd says in /healthz and /readyz how it is", async () => {
  await withLookupd({ maxRegistrations: 1 }, async ({ lookupd }) => {
    const url = `http://127.0.0.1:${lookupd.httpPort}`;
    const ask = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, (await response.json()).status];
    };
    assertEquals(await ask("/healthz"), [200, "ok"]);
    assertEquals(await ask("/readyz"), [200, "ok"]);
    await (await fetch(`${url}/topic/create?topic=t`, { method: "POST" })).text();
    assertEquals(await ask("/readyz"), [503, "failing"]);
  });
});

Deno.test("Lookupd counts in /metrics", async () => {
  await withLookupd({ maxRegistrations: 9 }, async ({ lookupd, connect }) => {
    const client = await connect();
    await client.identify();
    await client.ask("REGISTER t c");
    const text = await (await fetch(`http://127.0.0.1:${lookupd.httpPort}/metrics`)).text();
    assertEquals(promtool.isThere ? await promtool.check("metrics", text) : "", "");
    assertMatch(text, /^nsqlookupd_refusals_total\{kind="bad_stream"\} 0$/m);
    const figures = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    assertEquals(figures.slice(0, 8), [
      "nsqlookupd_topics 1",
      'nsqlookupd_producers{state="active"} 1',
      'nsqlookupd_producers{state="silent"} 0',
      'nsqlookupd_producers{state="unreachable"} 0',
      "nsqlookupd_registrations 4",
      "nsqlookupd_registrations_max 9",
      'nsqlookupd_connections{kind="tcp"} 1',
      'nsqlookupd_connections{kind="http"} 1',
    ]);
  });
});

Deno.test("Lookupd.start() says where it cannot listen", async () => {
  await withLookupd({}, async ({ lookupd }) => {
    const tcpAddress = `127.0.0.1:${lookupd.tcpPort}`;
    const error = await assertRejects(() => withLookupd({ tcpAddress }, async () => {}), Error);
    assertMatch(error.message, /^listen \(127\.0\.0\.1:\d+\) failed - address already in use/);
  });
  await assertRejects(
    () => withLookupd({ httpAddress: "/tmp/socket" }, async () => {}),
    Error,
    "listen (/tmp/socket) failed - write an address as host:port",
  );
});
