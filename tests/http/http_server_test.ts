// The API over real sockets, with requests no HTTP client would send.

import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { startHttpServer } from "../../src/http/http_server.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { TestHost } from "./test_host.ts";

/** Plain HTTP runs on Deno.serve unless connections are counted. */
const SERVERS = [["Deno.serve", {}], ["node:http", { maxHttpConnections: 100 }]] as const;
const LOOPBACK = { kind: "tcp", hostname: "127.0.0.1", port: 0 } as const;

/** What both servers must do. */
function bothServers(
  does: string,
  use: (port: number, host: TestHost) => Promise<void>,
): void {
  for (const [name, options] of SERVERS) {
    Deno.test(`HttpServer on ${name} ${does}`, async () => {
      const host = new TestHost(options);
      const server = await startHttpServer(host, LOOPBACK);
      try {
        await use(server.port, host);
      } finally {
        await server.shutdown(0);
      }
    });
  }
}

/** Sends bytes and returns everything that comes until the server closes. */
async function exchange(port: number, ...pieces: string[]): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const received = new Response(connection.readable).text();
  const writer = connection.writable.getWriter();
  for (const piece of pieces) await writer.write(new TextEncoder().encode(piece)).catch(() => {});
  return (await received).replaceAll(/^date: .*\r\n/gmi, "date: ?\r\n");
}

const CLOSE = "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

function statusLines(text: string): string[] {
  return text.match(/HTTP\/1\.[01] \d+/g) ?? [];
}

bothServers("answers with exactly these headers", async (port) => {
  const request = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const [head, body] = (await exchange(port, request)).split("\r\n\r\n");
  assertEquals(head!.toLowerCase().split("\r\n").sort(), [
    "connection: close",
    "content-length: 23",
    "content-type: application/json; charset=utf-8",
    "date: ?",
    "http/1.1 404 not found",
    "x-nsq-content-type: nsq; version=1.0",
  ]);
  assertEquals(body, `{"message":"NOT_FOUND"}`);
});

bothServers("gives an empty reply a length and no type", async (port) => {
  const text = await exchange(port, "POST /topic/create?topic=t HTTP/1.0\r\n\r\n");
  assertMatch(text, /^HTTP\/1\.[01] 200 OK\r\n/);
  assertMatch(text, /content-length: 0\r\n/i);
  assertEquals(/content-type: [^n]/i.test(text), false, text);
});

bothServers("answers pipelined requests in order", async (port) => {
  const text = await exchange(
    port,
    "GET /ping HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" +
      "POST /pub?topic= HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + CLOSE,
  );
  const statuses = ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 400", "HTTP/1.1 200"];
  assertEquals(statusLines(text), statuses);
});

bothServers("takes bodies in chunks, and split anywhere", async (port, host) => {
  const request = "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" + CLOSE;
  const text = await exchange(port, ...request);
  assertEquals(statusLines(text), ["HTTP/1.1 200", "HTTP/1.1 200"]);
  assertEquals(host.topics.get("t")!.messageBytes, 7);
});

/** Sends the head of a request and returns the reply that comes before its body was sent. */
async function earlyReply(port: number, target: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nabc`;
  await connection.write(new TextEncoder().encode(head));
  return await textUntil(connection, "}");
}

async function textUntil(connection: Deno.Conn, end: string): Promise<string> {
  const bytes = new Uint8Array(1024);
  let text = "";
  while (!text.endsWith(end)) {
    const count = await connection.read(bytes);
    if (count === null) break;
    text += new TextDecoder().decode(bytes.subarray(0, count));
  }
  return text;
}

bothServers("refuses an announced length at once", async (port) => {
  assertMatch(
    await earlyReply(port, "/pub?topic=t"),
    /^HTTP\/1\.1 413 [^]*\{"message":"MSG_TOO_BIG"\}$/,
  );
  assertMatch(
    await earlyReply(port, "/mpub?topic=t"),
    /^HTTP\/1\.1 413 [^]*\{"message":"BODY_TOO_BIG"\}$/,
  );
});

bothServers("sees broken escapes and semicolons as they were sent", async (port) => {
  for (const target of ["/stats?topic=%zz", "/stats?a=b;c", "/stats?%"]) {
    const text = await exchange(port, `GET ${target} HTTP/1.0\r\n\r\n`);
    assertMatch(text, /^HTTP\/1\.[01] 400 [^]*\{"message":"INVALID_REQUEST"\}$/, target);
  }
  const text = await exchange(port, "GET /%zz HTTP/1.0\r\n\r\n");
  assertMatch(text, /^HTTP\/1\.[01] 400 [^]*\r\n\r\n400 Bad Request$/);
});

bothServers("understands a request line with a whole URL", async (port) => {
  const text = await exchange(port, "GET http://elsewhere/ping HTTP/1.0\r\n\r\n");
  assertMatch(text, /^HTTP\/1\.[01] 200 /);
});

bothServers("takes the rate of /debug/setblockrate from a form too", async (port) => {
  const text = await exchange(
    port,
    "PUT /debug/setblockrate HTTP/1.0\r\nContent-Length: 8\r\n" +
      "Content-Type: application/x-www-form-urlencoded\r\n\r\nrate=abc",
  );
  assertMatch(text, /^HTTP\/1\.[01] 400 [^]*parsing "abc": invalid syntax$/);
});

bothServers("answers HEAD with a length and no body", async (port) => {
  const text = await exchange(port, "HEAD /ping HTTP/1.0\r\n\r\n");
  assertMatch(text, /^HTTP\/1\.[01] 405 [^]*\r\nallow: GET, OPTIONS\r\n/i);
  assertMatch(text, /\r\n\r\n$/);
});

bothServers("logs who asked for what", async (port, host) => {
  await exchange(port, "GET /info?x=%zz HTTP/1.0\r\n\r\n");
  assertMatch(host.lines[0]!, /^INFO 200 GET \/info\?x=%zz \(127\.0\.0\.1:\d+\) 0s$/);
});

bothServers("stops although a request is half sent", async (port) => {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc";
  await connection.write(new TextEncoder().encode(head));
  // The server is closed when this returns.
  void connection.read(new Uint8Array(1)).catch(() => {}).finally(() => connection.close());
});

bothServers("cannot start where the port is taken", async (port, host) => {
  const start = () => startHttpServer(host, { ...LOOPBACK, port });
  await assertRejects(start, Deno.errors.AddrInUse);
});

bothServers("gives up on a body that does not come", async (port, host) => {
  host.options = { ...host.options, commandTimeout: 1 };
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc";
  await connection.write(new TextEncoder().encode(head));
  const reading = textUntil(connection, "}");
  while (host.bodies.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  host.clock.elapsedMs += 120_000;
  host.bodies.tick();
  assertMatch(await reading, /^HTTP\/1\.1 408 [^]*\{"message":"BODY_TIMEOUT"\}$/);
  assertEquals(host.refusals.counts, { http_body_timeout: 1 });
});

bothServers("serves a unix socket, its clients by the name of @", async (_port, host) => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/h.sock`;
  const server = await startHttpServer(host, { kind: "unix", path });
  assertEquals([server.port, server.text], [-1, path]);
  const connection = await Deno.connect({ transport: "unix", path });
  await connection.write(new TextEncoder().encode("GET /info HTTP/1.0\r\n\r\n"));
  assertMatch(await new Response(connection.readable).text(), /^HTTP\/1\.[01] 200 /);
  assertMatch(host.lines[0]!, /^INFO 200 GET \/info \(@\) /);
  await server.shutdown(0);
  assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
});
