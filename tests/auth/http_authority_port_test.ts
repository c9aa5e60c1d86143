// Real servers on loopback, which are slow, cut off, endless, silent or elsewhere.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AuthServerSettings } from "../../src/auth/authority_port.ts";
import { HttpAuthorityPort } from "../../src/auth/http_authority_port.ts";
import { CERTIFICATE, KEY } from "./tls_pair.ts";

const QUESTION = { secret: "se cret&1\xff", remoteIp: "::1", isTls: true, commonName: "Zoë" };

function portTo(address: string, changes: Partial<AuthServerSettings> = {}): HttpAuthorityPort {
  return new HttpAuthorityPort({
    addresses: [address],
    method: "get",
    connectTimeoutMs: 2000,
    requestTimeoutMs: 3000,
    rootCa: undefined,
    minVersion: "TLSv1.2",
    ...changes,
  });
}

async function reasonOf(port: HttpAuthorityPort): Promise<string> {
  const answer = await port.ask(0, QUESTION);
  return answer.kind === "failure" ? answer.reason : `a body: ${answer.body}`;
}

async function withServer(
  answer: (request: Request) => Response | Promise<Response>,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, answer);
  try {
    await use(`127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** A listener whose connections are answered with raw bytes, or with silence. */
async function withRawServer(reply: string | null, use: (address: string) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      if (reply === null) continue;
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(reply)).catch(() => {});
      connection.close();
    }
  })().catch(() => {});
  try {
    await use(`127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    for (const connection of open) {
      try {
        connection.close();
      } catch {
        // closed already
      }
    }
    await serving;
  }
}

Deno.test("HttpAuthorityPort asks by GET as NSQ does", async () => {
  const seen: unknown[] = [];
  const answer = (request: Request) => {
    const { pathname, search } = new URL(request.url);
    seen.push([request.method, pathname, search, request.headers.get("accept")]);
    return new Response("{}");
  };
  await withServer(answer, async (address) => {
    assertEquals(await portTo(address).ask(0, QUESTION), { kind: "body", body: "{}" });
    await portTo(`http://${address}/x?y=1`).ask(0, QUESTION);
  });
  const query = "common_name=Zo%C3%AB&remote_ip=%3A%3A1&secret=se+cret%261%FF&tls=true";
  const accept = "application/vnd.nsq; version=1.0";
  assertEquals(seen, [
    ["GET", "/auth", `?${query}`, accept],
    ["GET", "/x", `?y=1&${query}`, accept],
  ]);
});

Deno.test("HttpAuthorityPort asks by POST as NSQ does", async () => {
  const seen: unknown[] = [];
  const answer = async (request: Request) => {
    seen.push(request.method, request.headers.get("content-type"), await request.json());
    return new Response("{}");
  };
  await withServer(answer, async (address) => {
    await portTo(address, { method: "post" }).ask(0, { ...QUESTION, secret: "x y" });
  });
  const document = { common_name: ["Zoë"], remote_ip: ["::1"], secret: ["x y"], tls: ["true"] };
  assertEquals(seen, ["POST", "application/json", document]);
});

Deno.test("HttpAuthorityPort takes no other status than 200 for an answer", async () => {
  for (const status of [201, 302, 403, 404, 500]) {
    const answer = () =>
      new Response("no", { status, headers: { "location": "http://x.invalid/" } });
    await withServer(answer, async (address) => {
      assertEquals(await reasonOf(portTo(address)), `it answered with status ${status}`);
    });
  }
});

Deno.test("HttpAuthorityPort gives up on an answer without end", async () => {
  const piece = new Uint8Array(65536).fill(32);
  const endless = () => new Response(new ReadableStream({ pull: (into) => into.enqueue(piece) }));
  await withServer(endless, async (address) => {
    assertStringIncludes(await reasonOf(portTo(address)), "longer than 1048576 bytes");
  });
});

Deno.test("HttpAuthorityPort gives up on a server that says nothing", async () => {
  await withRawServer(null, async (address) => {
    const reason = await reasonOf(portTo(address, { requestTimeoutMs: 100 }));
    assertEquals(reason, "no answer within 100 ms");
  });
});

Deno.test("HttpAuthorityPort gives up on a server that drips", async () => {
  let timer: ReturnType<typeof setInterval> | undefined;
  const drip = () =>
    new Response(
      new ReadableStream({
        start(into) {
          timer = setInterval(() => into.enqueue(Uint8Array.of(32)), 20);
        },
        cancel: () => clearInterval(timer),
      }),
    );
  await withServer(drip, async (address) => {
    const reason = await reasonOf(portTo(address, { requestTimeoutMs: 200 }));
    assertEquals(reason, "no answer within 200 ms");
  });
});

Deno.test("HttpAuthorityPort takes no half answer", async () => {
  const half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}";
  for (const reply of [half, "garbage\r\n\r\n", "", "HTTP/1.1 200 OK\r\nContent-Le"]) {
    await withRawServer(reply, async (address) => {
      const answer = await portTo(address).ask(0, QUESTION);
      assertEquals(answer.kind, "failure", reply);
    });
  }
});

Deno.test("HttpAuthorityPort says when nobody listens, or the address is none", async () => {
  assertStringIncludes(await reasonOf(portTo("127.0.0.1:1")), "ECONNREFUSED");
  assertEquals((await portTo("ftp://x").ask(0, QUESTION)).kind, "failure");
  assertEquals((await portTo("no address").ask(0, QUESTION)).kind, "failure");
});

Deno.test("HttpAuthorityPort trusts the given authority over TLS, and nobody else", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: CERTIFICATE, key: KEY, onListen: () => {} },
    () => new Response("{}"),
  );
  const address = `https://localhost:${server.addr.port}/auth`;
  const trusted = await portTo(address, { rootCa: CERTIFICATE }).ask(0, QUESTION);
  const strange = await portTo(address).ask(0, QUESTION);
  await server.shutdown();
  assertEquals(trusted, { kind: "body", body: "{}" });
  assertEquals(strange.kind, "failure");
});

Deno.test("HttpAuthorityPort goes to the TLS port that a 403 names", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert: CERTIFICATE, key: KEY, onListen: () => {} },
    () => new Response("tls"),
  );
  const answer = () => Response.json({ https_port: server.addr.port }, { status: 403 });
  await withServer(answer, async (address) => {
    const plain = `http://${address.replace("127.0.0.1", "localhost")}/auth`;
    const reply = await portTo(plain, { rootCa: CERTIFICATE }).ask(0, QUESTION);
    assertEquals(reply, { kind: "body", body: "tls" });
  });
  await server.shutdown();
});

Deno.test("HttpAuthorityPort asks only so many at once, and all in the end", async () => {
  let [current, most] = [0, 0];
  const answer = async () => {
    most = Math.max(most, ++current);
    await new Promise((resolve) => setTimeout(resolve, 1));
    current--;
    return new Response("{}");
  };
  await withServer(answer, async (address) => {
    const port = portTo(address);
    const answers = await Promise.all(Array.from({ length: 300 }, () => port.ask(0, QUESTION)));
    assert(answers.every(({ kind }) => kind === "body"));
  });
  assert(most <= 256);
});
