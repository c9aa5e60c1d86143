// Listeners: both families of addresses, and the files of unix sockets.

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { listen, openAt, openAtPort } from "../../src/transport/listener.ts";
import { parseSocketMode } from "../../src/transport/unix_socket.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";

const UMASK = { mode: undefined };

/** Whether a client gets through, seen from the listener. */
async function isReached(listener: Deno.Listener, connect: () => Promise<Deno.Conn>) {
  const [accepted, client] = await Promise.all([listener.accept(), connect()]);
  accepted.close();
  client.close();
  return true;
}

Deno.test("listen() at all addresses takes IPv4 and IPv6", async () => {
  for (const hostname of ["", "0.0.0.0", "::"]) {
    using listener = await listen({ kind: "tcp", hostname, port: 0 }, UMASK);
    const { port, hostname: bound } = listener.addr as Deno.NetAddr;
    // A machine without IPv6 serves IPv4 alone.
    const hosts = bound === "::" ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
    for (const host of hosts) {
      assert(await isReached(listener, () => Deno.connect({ hostname: host, port })), host);
    }
  }
});

Deno.test("listen() makes a socket file with the permissions asked for, and removes it", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/n.sock`;
  const listener = await listen({ kind: "unix", path }, { mode: 0o660 });
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o660);
  assert(await isReached(listener, () => Deno.connect({ transport: "unix", path })));
  listener.close();
  assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
});

Deno.test("listen() takes the place of a socket nobody listens on", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/n.sock`;
  await leaveSocket(path);
  assertEquals((await Deno.lstat(path)).isSocket, true);
  using listener = await listen({ kind: "unix", path }, UMASK);
  assert(await isReached(listener, () => Deno.connect({ transport: "unix", path })));
});

/** A process that is killed leaves its socket. */
async function leaveSocket(path: string): Promise<void> {
  const code = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });
    Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", code], stderr: "null" }).output();
}

Deno.test("listen() leaves sockets in use and other files alone", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/n.sock`;
  using _listener = await listen({ kind: "unix", path }, UMASK);
  await assertRejects(() => listen({ kind: "unix", path }, UMASK), Deno.errors.AddrInUse);
  const file = `${folder.path}/file`;
  await Deno.writeTextFile(file, "precious");
  await assertRejects(() => listen({ kind: "unix", path: file }, UMASK), Deno.errors.AddrInUse);
  assertEquals(await Deno.readTextFile(file), "precious");
});

Deno.test("parseSocketMode() reads permissions", () => {
  assertEquals([parseSocketMode(""), parseSocketMode("0660"), parseSocketMode("777")], [
    undefined,
    0o660,
    0o777,
  ]);
  for (const text of ["8", "rw", "04777", "0x1"]) {
    assertThrows(() => parseSocketMode(text), SyntaxError);
  }
});

Deno.test("openAt() and openAtPort() name the address that cannot be listened at, and why", async () => {
  const busy = () => Promise.reject(new Deno.errors.AddrInUse("Address in use (os error 98)"));
  await assertRejects(() => openAt(":4150", busy), Error, "listen (:4150) failed - address in use");
  await assertRejects(() => openAt(":x", busy), Error, "listen (:x) failed - port x is none");
  assertEquals(await openAt("/run/nsqd.sock", (at) => Promise.resolve(at.kind)), "unix");
  assertEquals(await openAtPort(":4160", (at) => Promise.resolve(at.kind)), "tcp");
  await assertRejects(
    () => openAtPort("/run/nsqd.sock", (at) => Promise.resolve(at.kind)),
    Error,
    "listen (/run/nsqd.sock) failed - write an address as host:port",
  );
});
