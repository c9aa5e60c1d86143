// The HTTP API behind --http-auth: who may use which route.

import { assert, assertEquals } from "@std/assert";
import { Authority } from "../../src/auth/authority.ts";
import { readAuthFile } from "../../src/auth/auth_file.ts";
import { HttpGate } from "../../src/auth/http_gate.ts";
import { answer } from "../../src/http/answer.ts";
import { routes } from "../../src/http/routes.ts";
import { TestHost } from "../http/test_host.ts";
import { EVERYTHING, hashOf } from "./fake_authority.ts";

const users = ["view", "operate", "admin"].map((role) => ({
  name: role,
  role,
  tokens: [hashOf(`${role}-token`)],
  authorizations: [{ ...EVERYTHING, topic: "^mine$" }],
}));
const nobody = { name: "nobody", tokens: [hashOf("nobody-token")], authorizations: [EVERYTHING] };

class GuardedHost extends TestHost {
  readonly refused: string[] = [];
  readonly gate = new HttpGate(
    new Authority({
      book: readAuthFile("u.json", () => JSON.stringify({ users: [...users, nobody] })),
      servers: undefined,
      refused: (text) => void this.refused.push(text),
    }),
  );

  async askAs(authorization: string | null, method: string, target: string, body?: string) {
    const bytes = body === undefined ? null : new TextEncoder().encode(body);
    const request = new Request(`http://test${target}`, { method, body: bytes });
    if (bytes !== null) request.headers.set("content-length", String(bytes.length));
    if (authorization !== null) request.headers.set("authorization", authorization);
    const reply = await answer(this, request, () => "10.0.0.9:1");
    const text = await reply.text();
    return { status: reply.status, text, challenge: reply.headers.get("www-authenticate") };
  }
}

const bearer = (name: string) => `Bearer ${name}-token`;
const basic = (text: string) => `Basic ${new TextEncoder().encode(text).toBase64()}`;

Deno.test("HttpGate asks who it is, in the form of the API's other errors", async () => {
  const host = new GuardedHost();
  const wrong = [null, "", "Bearer", "Bearer x", "Basic !!", basic("view:x"), "Digest view-token"];
  for (const authorization of [...wrong, basic("x:view-token"), "Bearer " + "x".repeat(70_000)]) {
    const { status, text, challenge } = await host.askAs(authorization, "GET", "/stats");
    assertEquals([status, text], [401, '{"message":"UNAUTHORIZED"}'], `${authorization}`);
    assertEquals(challenge, 'Bearer realm="nsqd", Basic realm="nsqd", charset="UTF-8"');
  }
  assertEquals(host.refusals.counts.http_unauthorized, 9);
  assertEquals(host.refused.length, 4);
  assert(!host.refused.join().includes("view-token"));
});

Deno.test("HttpGate takes a token as Bearer, and with the name as Basic or Bearer", async () => {
  const host = new GuardedHost();
  const good = [
    bearer("view"),
    "bearer view-token",
    basic("view:view-token"),
    "Bearer view:view-token",
  ];
  for (const authorization of good) {
    assertEquals((await host.askAs(authorization, "GET", "/info")).status, 200, authorization);
  }
});

Deno.test("HttpGate lets each role as far as it goes", async () => {
  const ranks = ["open", "view", "operate", "admin"];
  for (const { method, path, role } of routes) {
    for (const [rank, name] of [null, "view", "operate", "admin"].entries()) {
      const host = new GuardedHost();
      // A profile takes as long as it is asked to, half a minute else.
      const target = `${path.replace(":option", "log_level")}?seconds=1`;
      const authorization = name === null ? null : bearer(name);
      const { status } = await host.askAs(
        authorization,
        method,
        target,
        method === "GET" ? undefined : "x",
      );
      const expected = rank >= ranks.indexOf(role) ? "passes" : name === null ? 401 : 403;
      const found = status === 401 || status === 403 ? status : "passes";
      assertEquals(found, expected, `${method} ${path} as ${name}`);
    }
  }
});

Deno.test("HttpGate refuses a user without a role", async () => {
  const host = new GuardedHost();
  const { status, text, challenge } = await host.askAs(bearer("nobody"), "GET", "/stats");
  assertEquals([status, text, challenge], [403, '{"message":"FORBIDDEN"}', null]);
  assertEquals((await host.askAs(null, "GET", "/ping")).status, 200);
});

Deno.test("POST /pub and /mpub need the permission for the topic besides the role", async () => {
  const host = new GuardedHost();
  for (const path of ["/pub", "/mpub"]) {
    const mine = await host.askAs(bearer("operate"), "POST", `${path}?topic=mine`, "x");
    assertEquals(mine.text, "OK");
    const theirs = await host.askAs(bearer("admin"), "POST", `${path}?topic=theirs`, "x");
    assertEquals([theirs.status, theirs.text], [403, '{"message":"FORBIDDEN"}']);
  }
  assertEquals([...host.topics.all.keys()], ["mine"]);
  assertEquals(host.refusals.counts.http_forbidden, 2);
});

Deno.test("Peeking, consuming and moving need the permission for topic and channel besides the role", async () => {
  const host = new GuardedHost();
  for (const name of ["mine", "other"]) host.topics.channel(host.topics.topic(name, 0), "c");
  const statusOf = async (method: string, target: string) =>
    (await host.askAs(bearer("operate"), method, target)).status;
  assertEquals(await statusOf("GET", "/channel/peek?topic=mine&channel=c"), 200);
  assertEquals(await statusOf("GET", "/get?topic=mine&channel=c&wait=0"), 200);
  const id = "0000000000000001";
  const forbidden = [
    ["GET", "/channel/peek?topic=other&channel=c"],
    ["GET", "/channel/peek?topic=other"],
    ["GET", "/sub?topic=other&channel=c"],
    ["GET", "/get?topic=other&channel=c&wait=0"],
    ["POST", `/fin?topic=other&channel=c&id=${id}`],
    ["POST", `/message/finish?topic=other&channel=c&id=${id}`],
    ["POST", `/message/move?topic=mine&channel=c&id=${id}&to=other`],
  ] as const;
  for (const [method, target] of forbidden) {
    assertEquals(await statusOf(method, target), 403, target);
  }
  host.httpConsumers.close();
});
