// What only the servers of node:http and node:https can: limits for connections and heads, certificates of clients.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startHttpServer, startHttpsServer } from "../../src/http/http_server.ts";
import { connectTls, type TlsClientSettings } from "../../src/transport/tls_client.ts";
import { TlsMaterial } from "../../src/transport/tls_material.ts";
import type { Transport } from "../../src/transport/transport.ts";
import type { Options } from "../../src/options/nsqd_options.ts";
import { AUTHORITY_FILE, pem, SERVING, SHOWING, TRUSTING } from "../transport/certificates.ts";
import { TestHost } from "./test_host.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const LOOPBACK = { kind: "tcp", hostname: "127.0.0.1", port: 0 } as const;
/** Far longer than a handshake takes, even where this process stands still in the middle of it. */
const HANDSHAKE_MS = 20_000;
const PING = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";

async function withCounted(
  options: Partial<Options>,
  use: (port: number, host: TestHost) => Promise<void>,
): Promise<void> {
  const host = new TestHost({ maxHttpConnections: 100, ...options });
  const server = await startHttpServer(host, LOOPBACK);
  try {
    await use(server.port, host);
  } finally {
    await server.shutdown(0);
  }
}

const connect = (port: number) => Deno.connect({ hostname: "127.0.0.1", port });

async function say(connection: Transport, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

async function hear(connection: Transport): Promise<string> {
  const bytes = new Uint8Array(4096);
  const count = await connection.read(bytes).catch(() => null);
  return new TextDecoder().decode(bytes.subarray(0, count ?? 0));
}

/** All until the server hangs up. */
async function hearAll(connection: Transport): Promise<string> {
  let text = "";
  for (let piece = await hear(connection); piece !== ""; piece = await hear(connection)) {
    text += piece;
  }
  return text;
}

async function asked(connection: Transport): Promise<string> {
  await say(connection, PING);
  return (await hear(connection)).split("\r\n", 1)[0]!;
}

Deno.test("startHttpServer() lets in as many connections as it may, and others when these are gone", () =>
  withCounted({ maxHttpConnections: 2 }, async (port, host) => {
    const first = await connect(port);
    using second = await connect(port);
    assertEquals([await asked(first), await asked(second)], ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
    using third = await connect(port);
    assertEquals(await asked(third).catch(() => ""), "");
    assertEquals(host.refusals.counts, { http_connections: 1 });
    first.close();
    while (host.httpAdmission.count > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    using fourth = await connect(port);
    assertEquals(await asked(fourth), "HTTP/1.1 200 OK");
  }));

Deno.test("startHttpServer() counts each address by itself", () =>
  withCounted({ maxConnectionsPerAddress: 1 }, async (port, host) => {
    using first = await connect(port);
    assertEquals(await asked(first), "HTTP/1.1 200 OK");
    using second = await connect(port);
    assertEquals(await asked(second).catch(() => ""), "");
    assertEquals(host.refusals.counts, { http_connections_per_address: 1 });
  }));

Deno.test("startHttpServer() gives up on a head that does not come, not on a quiet connection", () =>
  // The quiet one's own first head must not be late, whatever else this process does meanwhile.
  withCounted({ handshakeTimeout: 1_500 }, async (port, host) => {
    using quiet = await connect(port);
    assertEquals(await asked(quiet), "HTTP/1.1 200 OK");
    using half = await connect(port);
    await say(half, "GET /ping HTTP/1.1\r\nHost: x\r\n");
    assertMatch(await hear(half), /^HTTP\/1\.1 408 /);
    assertEquals(host.refusals.counts, { http_request_timeout: 1 });
    assertEquals(await asked(quiet), "HTTP/1.1 200 OK");
  }));

Deno.test("startHttpServer() answers what is not HTTP with 400, and counts it", () =>
  withCounted({}, async (port, host) => {
    using connection = await connect(port);
    await say(connection, "  V2SUB t c\n\r\n\r\n");
    assertMatch(await hearAll(connection), /^HTTP\/1\.1 400 [^]*\r\n\r\n400 Bad Request$/);
    assertEquals(host.refusals.counts, { http_bad_request: 1 });
  }));

Deno.test("startHttpServer() ends a connection whose body nobody wanted", () =>
  withCounted({}, async (port) => {
    using connection = await connect(port);
    await say(
      connection,
      "POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nabc",
    );
    assertMatch(await hear(connection), /^HTTP\/1\.1 413 /);
    assertEquals(await hear(connection), "");
  }));

Deno.test("startHttpServer() takes a large body piece by piece, however the client breaks off", () =>
  withCounted({}, async (port, host) => {
    using connection = await connect(port);
    const body = "x".repeat(200_000);
    await say(
      connection,
      `POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    for (let at = 0; at < body.length; at += 10_000) {
      await say(connection, body.slice(at, at + 10_000));
    }
    assertMatch(await hear(connection), /^HTTP\/1\.1 200 /);
    const broken = await connect(port);
    await say(
      broken,
      `POST /pub?topic=t HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\nabc`,
    );
    broken.close();
    assertEquals(await asked(connection), "HTTP/1.1 200 OK");
    assertEquals(host.topics.get("t")?.messageCount, 1);
  }));

Deno.test("startHttpServer() refuses everything where TLS is required, and says where to go", async () => {
  for (const counting of [{}, { maxHttpConnections: 9 }]) {
    const host = new TestHost({ tlsRequired: "true", ...counting });
    const server = await startHttpServer(host, LOOPBACK);
    const response = await fetch(`http://127.0.0.1:${server.port}/pub?topic=t`, { method: "POST" });
    assertEquals(response.status, 403);
    assertEquals(await response.text(), `{"message": "TLS_REQUIRED", "https_port": 4152}`);
    assertEquals(host.topics.get("t"), undefined);
    assertEquals(host.refusals.counts, { tls_required: 1 });
    await server.shutdown(0);
  }
});

function material(policy = "", tlsCert = SERVING.tlsCert): TlsMaterial {
  const files = {
    tlsCert,
    tlsKey: SERVING.tlsKey,
    tlsRootCaFile: AUTHORITY_FILE,
    tlsClientAuthPolicy: policy,
    tlsMinVersion: "tls1.2",
  };
  return TlsMaterial.load(files, Deno.readTextFileSync)!;
}

async function withHttps(
  tls: TlsMaterial,
  use: (port: number, host: TestHost) => Promise<void>,
  handshakeTimeout = HANDSHAKE_MS,
): Promise<void> {
  const host = new TestHost({ tlsRequired: "true", handshakeTimeout });
  const server = await startHttpsServer(host, LOOPBACK, tls);
  try {
    await use(server.port, host);
  } finally {
    await server.shutdown(0);
  }
}

/** The status line of a ping over TLS; throws or is empty when there is none. */
async function pinged(port: number, settings: TlsClientSettings): Promise<string> {
  const connection = await connect(port);
  try {
    const secure = await connectTls(connection, "localhost", settings, HANDSHAKE_MS);
    const status = await asked(secure);
    secure.close();
    return status;
  } catch (error) {
    connection.close();
    throw error;
  }
}

Deno.test("startHttpsServer() serves the API, and logs who asked", () =>
  withHttps(material(), async (port, host) => {
    assertEquals(await pinged(port, TRUSTING), "HTTP/1.1 200 OK");
    assertMatch(host.lines[0]!, /^INFO 200 GET \/ping \(127\.0\.0\.1:\d+\) /);
  }));

Deno.test("startHttpsServer() asks for certificates as the policy says", async () => {
  for (const policy of ["require", "require-verify"]) {
    await withHttps(material(policy), async (port, host) => {
      assertEquals(await pinged(port, SHOWING), "HTTP/1.1 200 OK");
      const without = await pinged(port, TRUSTING).catch(() => "");
      assertEquals(without, "", policy);
      assertEquals(host.refusals.counts, { tls_handshake: 1 }, policy);
    });
  }
});

Deno.test("startHttpsServer() gives up on a handshake that is garbage, and goes on", () =>
  withHttps(material(), async (port, host) => {
    using garbage = await connect(port);
    await say(garbage, "GET / HTTP/1.1\r\n\r\n");
    await hear(garbage);
    assertEquals(host.refusals.counts, { tls_handshake: 1 });
    assertEquals(await pinged(port, TRUSTING), "HTTP/1.1 200 OK");
  }));

Deno.test("startHttpsServer() gives up on handshakes that do not come", () =>
  withHttps(material(), async (port, host) => {
    for (const count of [1, 2]) {
      using silent = await connect(port);
      assertEquals(await hear(silent), "");
      assertEquals(host.refusals.counts, { tls_handshake: count });
    }
  }, 300));

Deno.test("startHttpsServer() uses material that was read again, and leaves connections alone", async () => {
  using temporary = new TemporaryFolder();
  const folder = temporary.path;
  const certificate = `${folder}/server.crt`;
  Deno.copyFileSync(SERVING.tlsCert, certificate);
  const tls = material("", certificate);
  await withHttps(tls, async (port) => {
    const connection = await connect(port);
    const standing = await connectTls(connection, "localhost", TRUSTING, HANDSHAKE_MS);
    assertEquals(await asked(standing), "HTTP/1.1 200 OK");
    // The same certificate under a line that is none of it is other material.
    Deno.writeTextFileSync(certificate, `renewed\n${pem("server.crt")}`);
    tls.reload();
    assertEquals(await asked(standing), "HTTP/1.1 200 OK");
    assertEquals(await pinged(port, TRUSTING), "HTTP/1.1 200 OK");
    standing.close();
  });
});

Deno.test("startHttpsServer() is not trusted by who does not know the authority", () =>
  withHttps(material(), async (port) => {
    await assertRejects(() => pinged(port, {}));
  }));

Deno.test("startHttpServer() answers who wants another protocol where there is none, and closes", () =>
  withCounted({}, async (port) => {
    const upgrade = "Host: x\r\nConnection: Upgrade\r\nUpgrade: ";
    using plain = await connect(port);
    await say(plain, `GET /ping HTTP/1.1\r\n${upgrade}h2c\r\n\r\n`);
    const answer = await hearAll(plain);
    assertMatch(answer, /^HTTP\/1.1 200 OK\r\n[^]*connection: close\r\n[^]*\r\nOK$/);
    using broken = await connect(port);
    const path = "/sub?topic=t&channel=c";
    await say(broken, `GET ${path} HTTP/1.1\r\n${upgrade}websocket\r\n\r\n`);
    assertMatch(await hearAll(broken), /^HTTP\/1.1 400 [^]*INVALID_UPGRADE/);
  }));
