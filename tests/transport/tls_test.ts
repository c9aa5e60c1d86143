// TLS over transports in memory.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { connectTls, type TlsClientSettings } from "../../src/transport/tls_client.ts";
import { type TlsFiles, TlsMaterial } from "../../src/transport/tls_material.ts";
import { acceptTls } from "../../src/transport/tls_server.ts";
import { TransportError, withHead, writeWhole } from "../../src/transport/transport.ts";
import { noise, type PipeEnd, pipePair, readBytes } from "./byte_pipe.ts";
import { AUTHORITY_FILE, CERTIFICATES, pem, SERVING, SHOWING, TRUSTING } from "./certificates.ts";

const LIMIT_MS = 10_000;

function files(changes: Partial<TlsFiles> = {}): TlsFiles {
  return {
    ...SERVING,
    tlsRootCaFile: AUTHORITY_FILE,
    tlsClientAuthPolicy: "",
    tlsMinVersion: "tls1.0",
    ...changes,
  };
}

function material(changes: Partial<TlsFiles> = {}): TlsMaterial {
  return TlsMaterial.load(files(changes), Deno.readTextFileSync)!;
}

/** Performs both sides of a handshake. */
async function joined(tls: TlsMaterial, client: TlsClientSettings = TRUSTING, pieceBytesMax = 999) {
  const [near, far] = pipePair(pieceBytesMax);
  const [accepted, connected] = await Promise.all([
    acceptTls(far, tls, LIMIT_MS),
    connectTls(near, "127.0.0.1", client, LIMIT_MS),
  ]);
  return { ...accepted, server: accepted.transport, client: connected, near, far };
}

Deno.test("acceptTls() and connectTls() carry bytes both ways and say how they are encrypted", async () => {
  const { server, client, description, near, far } = await joined(material());
  const bytes = noise(300_000);
  void writeWhole(client, bytes);
  assertEquals(await readBytes(server, bytes.length), bytes);
  void writeWhole(server, bytes);
  assertEquals(await readBytes(client, bytes.length), bytes);
  assertEquals(description.version, "TLS1.3");
  assert(/^Unknown 486[567]$/.test(description.cipherSuite), description.cipherSuite);
  assertEquals(description.commonName, "");
  await client.closeWrite();
  assertEquals(await server.read(new Uint8Array(1)), null);
  client.close();
  server.close();
  assert(near.isClosed && far.isClosed);
});

Deno.test("acceptTls() gives a transport that takes in a bounded amount while nobody reads it", async () => {
  const { server, client, far } = await joined(material(), TRUSTING, Infinity);
  const before = far.readBytes;
  for (let sent = 0; sent < 4 << 20; sent += 65536) await client.write(noise(65536));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(far.readBytes - before < 256 * 1024, `${far.readBytes - before}`);
  assertEquals((await readBytes(server, 4 << 20)).length, 4 << 20);
  client.close();
  server.close();
});

Deno.test("acceptTls() takes bytes that were read before", async () => {
  const [near, far] = pipePair();
  const connecting = connectTls(near, "localhost", { isInsecure: true }, LIMIT_MS);
  const head = new Uint8Array(100);
  const count = await far.read(head);
  const accepting = acceptTls(withHead(far, head.subarray(0, count!)), material(), LIMIT_MS);
  const [client, { transport: server }] = await Promise.all([connecting, accepting]);
  await client.write(noise(5));
  assertEquals(await readBytes(server, 5), noise(5));
  client.close();
  server.close();
});

Deno.test("acceptTls() asks for certificates as its policy says", async () => {
  const verifying = material({ tlsClientAuthPolicy: "require-verify" });
  const { client, server, description } = await joined(verifying, SHOWING);
  assertEquals(description.commonName, "nsqd test client");
  client.close();
  server.close();
  for (const policy of ["require", "require-verify"]) {
    const [near, far] = pipePair();
    const connecting = connectTls(near, "127.0.0.1", TRUSTING, LIMIT_MS).catch(() => {});
    const tls = material({ tlsClientAuthPolicy: policy });
    const text = "tls: client didn't provide a certificate";
    await assertRejects(() => acceptTls(far, tls, LIMIT_MS), TransportError, text);
    assert(!far.isClosed);
    far.close();
    (await connecting)?.close();
  }
});

Deno.test("acceptTls() fails on garbage, on the end, and after its time, and leaves the transport open", async () => {
  const cases: [(near: PipeEnd) => unknown, string, number][] = [
    [
      (near) => near.write(new TextEncoder().encode("PUB topic\n and more")),
      "tls: first record does not look like a TLS handshake",
      LIMIT_MS,
    ],
    [(near) => near.closeWrite(), "EOF", LIMIT_MS],
    [() => {}, "i/o timeout", 200],
  ];
  for (const [gesture, reason, limitMs] of cases) {
    const [near, far] = pipePair();
    await gesture(near);
    await assertRejects(() => acceptTls(far, material(), limitMs), TransportError, reason);
    assert(!far.isClosed);
    near.close();
    far.close();
  }
});

/** Fails a handshake, and returns what tells whether its transport is still in memory. */
async function failedTransport(bytes: Uint8Array): Promise<WeakRef<PipeEnd>> {
  const [near, far] = pipePair();
  if (bytes.length > 0) await near.write(bytes);
  await near.closeWrite();
  await assertRejects(() => acceptTls(far, material(), 100), TransportError);
  near.close();
  far.close();
  return new WeakRef(far);
}

Deno.test("acceptTls() keeps nothing in memory of a handshake that has failed", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  for (const bytes of [new Uint8Array(0), noise(500)]) {
    const transport = await failedTransport(bytes);
    for (let round = 0; round < 100 && transport.deref() !== undefined; round++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    assertEquals(transport.deref(), undefined);
  }
});

Deno.test("connectTls() refuses a server it does not trust, or that is another", async () => {
  const cases: [string, TlsClientSettings, string][] = [
    ["127.0.0.1", {}, "certificate"],
    ["elsewhere.example", TRUSTING, "altnames"],
  ];
  for (const [host, settings, reason] of cases) {
    const [near, far] = pipePair();
    const accepting = acceptTls(far, material(), LIMIT_MS).catch(() => undefined);
    const error = await assertRejects(
      () => connectTls(near, host, settings, LIMIT_MS),
      TransportError,
    );
    assert(error.message.includes(reason), error.message);
    near.close();
    (await accepting)?.transport.close();
    far.close();
  }
});

Deno.test("acceptTls() speaks no version older than asked for", async () => {
  const tls = material({ tlsMinVersion: "tls1.3" });
  const { client, server, description } = await joined(tls);
  assertEquals([description.version, tls.serverOptions.minVersion], ["TLS1.3", "TLSv1.3"]);
  client.close();
  server.close();
  for (const old of ["tls1.0", "tls1.1", "tls1.2"]) {
    assertEquals(material({ tlsMinVersion: old }).serverOptions.minVersion, "TLSv1.2");
  }
});

Deno.test("TlsMaterial.load() says which file cannot be used", () => {
  const cases: [Partial<TlsFiles>, string][] = [
    [{ tlsCert: "/none" }, "failed to build TLS config - open /none: no such file or directory"],
    [{ tlsKey: "/none" }, "failed to build TLS config - open /none: no such file or directory"],
    [{ tlsCert: `${CERTIFICATES}client.key` }, "client.key contains no certificate in PEM form"],
    [{ tlsKey: `${CERTIFICATES}client.crt` }, "client.crt contains no private key in PEM form"],
    [{ tlsKey: `${CERTIFICATES}client.key` }, "client.key is not that of"],
    [{ tlsRootCaFile: "/none" }, "failed to build client TLS config - open /none: no such file"],
    [{ tlsRootCaFile: `${CERTIFICATES}server.key` }, "failed to append certificate to pool"],
    [{ tlsCert: "", tlsKey: "", tlsRootCaFile: "/none" }, "failed to build client TLS config"],
  ];
  for (const [changes, text] of cases) {
    const load = () => TlsMaterial.load(files(changes), Deno.readTextFileSync);
    assertThrows(load, TransportError, text);
  }
  const none = files({ tlsCert: "", tlsKey: "" });
  assertEquals(TlsMaterial.load(none, Deno.readTextFileSync), undefined);
});

Deno.test("TlsMaterial.reload() changes new connections, not those that stand, and nothing if it fails", async () => {
  let certificate = "server";
  const read = (path: string) => Deno.readTextFileSync(path.replace("server", certificate));
  const tls = TlsMaterial.load(files(), read)!;
  const { client, server } = await joined(tls);
  let reloadCount = 0;
  tls.onReload(() => reloadCount++);
  certificate = "client";
  tls.reload();
  assertEquals(reloadCount, 1);
  assertEquals(tls.serverOptions.cert, pem("client.crt"));
  await client.write(noise(9));
  assertEquals(await readBytes(server, 9), noise(9));
  certificate = "nobody";
  assertThrows(() => tls.reload(), TransportError);
  assertEquals([tls.serverOptions.cert, reloadCount], [pem("client.crt"), 1]);
  client.close();
  server.close();
});
