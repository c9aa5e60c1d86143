// The API over real sockets, with requests no HTTP client would send.

import { assertEquals, assertMatch } from "@std/assert";
import { startHttpServer } from "../../src/http/http_server.ts";
import { TestHost } from "./test_host.ts";

async function withServer(
  host: TestHost,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = await startHttpServer(host, { hostname: "127.0.0.1", port: 0 });
  try {
    await use(server.port);
  } finally {
    await server.shutdown(0);
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

Deno.test("HttpServer answers with exactly these headers", () =>
  withServer(new TestHost(), async (port) => {
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
  }));

Deno.test("HttpServer gives an empty reply a length and no type", () =>
  withServer(new TestHost(), async (port) => {
    const text = await exchange(port, "POST /topic/create?topic=t HTTP/1.0\r\n\r\n");
    assertMatch(text, /^HTTP\/1\.0 200 OK\r\n/);
    assertMatch(text, /content-length: 0\r\n/i);
    assertEquals(/content-type: [^n]/i.test(text), false, text);
  }));

Deno.test("HttpServer answers pipelined requests in order", () =>
  withServer(new TestHost(), async (port) => {
    const text = await exchange(
      port,
      "GET /ping HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" +
        "POST /pub?topic= HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + CLOSE,
    );
    const statuses = ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 400", "HTTP/1.1 200"];
    assertEquals(statusLines(text), statuses);
  }));

Deno.test("HttpServer takes bodies in chunks, and split anywhere", () => {
  const host = new TestHost();
  return withServer(host, async (port) => {
    const request = "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" + CLOSE;
    const text = await exchange(port, ...request);
    assertEquals(statusLines(text), ["HTTP/1.1 200", "HTTP/1.1 200"]);
    assertEquals(host.topics.get("t")!.messageBytes, 7);
  });
});

/** Sends the head of a request and returns the reply that comes before its body was sent. */
async function earlyReply(port: number, target: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nabc`;
  await connection.write(new TextEncoder().encode(head));
  const bytes = new Uint8Array(1024);
  let text = "";
  while (!text.endsWith("}")) {
    const count = await connection.read(bytes);
    if (count === null) break;
    text += new TextDecoder().decode(bytes.subarray(0, count));
  }
  return text;
}

Deno.test("HttpServer refuses an announced length at once, and ends the connection", () =>
  withServer(new TestHost(), async (port) => {
    assertMatch(
      await earlyReply(port, "/pub?topic=t"),
      /^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n[^]*\{"message":"MSG_TOO_BIG"\}$/,
    );
    assertMatch(
      await earlyReply(port, "/mpub?topic=t"),
      /^HTTP\/1\.1 413 [^]*\{"message":"BODY_TOO_BIG"\}$/,
    );
  }));

Deno.test("HttpServer sees broken escapes and semicolons as they were sent", () =>
  withServer(new TestHost(), async (port) => {
    for (const target of ["/stats?topic=%zz", "/stats?a=b;c", "/stats?%", "/%zz"]) {
      const text = await exchange(port, `GET ${target} HTTP/1.0\r\n\r\n`);
      assertMatch(text, /^HTTP\/1\.0 400 [^]*\{"message":"INVALID_REQUEST"\}$/, target);
    }
  }));

Deno.test("HttpServer understands a request line with a whole URL", () =>
  withServer(new TestHost(), async (port) => {
    const text = await exchange(port, "GET http://elsewhere/ping HTTP/1.0\r\n\r\n");
    assertMatch(text, /^HTTP\/1\.0 200 /);
  }));

Deno.test("HttpServer takes the rate of /debug/setblockrate from a form too", () =>
  withServer(new TestHost(), async (port) => {
    const text = await exchange(
      port,
      "PUT /debug/setblockrate HTTP/1.0\r\nContent-Length: 8\r\n" +
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nrate=abc",
    );
    assertMatch(text, /^HTTP\/1\.0 400 [^]*parsing "abc": invalid syntax$/);
  }));

Deno.test("HttpServer answers HEAD with a length and no body", () =>
  withServer(new TestHost(), async (port) => {
    const text = await exchange(port, "HEAD /ping HTTP/1.0\r\n\r\n");
    assertMatch(text, /^HTTP\/1\.0 405 [^]*\r\nallow: GET, OPTIONS\r\n/i);
    assertMatch(text, /\r\n\r\n$/);
  }));

Deno.test("HttpServer logs who asked for what", () => {
  const host = new TestHost();
  return withServer(host, async (port) => {
    await exchange(port, "GET /info?x=%zz HTTP/1.0\r\n\r\n");
    assertMatch(host.lines[0]!, /^INFO 200 GET \/info\?x=%zz \(127\.0\.0\.1:\d+\) 0s$/);
  });
});

Deno.test("HttpServer stops although a request is half sent", async () => {
  const server = await startHttpServer(new TestHost(), { hostname: "127.0.0.1", port: 0 });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head = "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc";
  await connection.write(new TextEncoder().encode(head));
  await server.shutdown(10);
  connection.close();
});

Deno.test("startHttpServer() rejects when the port is taken", () =>
  withServer(new TestHost(), async (port) => {
    let failure: unknown;
    try {
      await startHttpServer(new TestHost(), { hostname: "127.0.0.1", port });
    } catch (error) {
      failure = error;
    }
    assertEquals(failure instanceof Deno.errors.AddrInUse, true, String(failure));
  }));
