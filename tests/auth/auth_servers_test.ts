// Auth servers fail and lie: what they say becomes an identity or a reason, and the next one is asked.

import { assert, assertEquals } from "@std/assert";
import type { AuthAnswer } from "../../src/auth/authority_port.ts";
import { EVERYTHING, FakePort, fakeServers, goodReply } from "./fake_authority.ts";

const QUESTION = { secret: "s", remoteIp: "10.0.0.1", isTls: false, commonName: "" };
const DOWN: AuthAnswer = { kind: "failure", reason: "no connection" };

/** What a server may say, and the reason that is logged. */
const LIES: readonly (readonly [string, string])[] = [
  ["", "the reply is not JSON"],
  ["<html>", "the reply is not JSON"],
  ["null", "the reply is not an object"],
  ["[]", "the reply is not an object"],
  ["{}", "ttl 0 is not above 0"],
  [goodReply({ ttl: 0 }), "ttl 0 is not above 0"],
  [goodReply({ ttl: -5 }), "ttl -5 is not above 0"],
  [goodReply({ ttl: 1.5 }), "ttl is not an integer"],
  [goodReply({ ttl: "60" }), "ttl is not an integer"],
  [goodReply({ identity: 7 }), "identity is not a string"],
  [goodReply({ authorizations: {} }), "authorizations is not a list"],
  [goodReply({ authorizations: ["x"] }), "authorizations[0] is not an object"],
  [
    goodReply({ authorizations: [{ ...EVERYTHING, channels: "x" }] }),
    "authorizations[0].channels is not a list",
  ],
  [
    goodReply({ authorizations: [EVERYTHING, { ...EVERYTHING, channels: [1] }] }),
    "authorizations[1].channels is not a list of strings",
  ],
  [
    goodReply({ authorizations: [{ ...EVERYTHING, permissions: ["delete"] }] }),
    'authorizations[0].permissions: unknown permission "delete", not subscribe or publish',
  ],
  [
    goodReply({ authorizations: [{ ...EVERYTHING, topic: "(" }] }),
    "authorizations[0]: error parsing regexp: missing closing ): `(`",
  ],
];

Deno.test("AuthServers make an identity of a good reply", async () => {
  const { servers } = fakeServers(new FakePort(goodReply({ identity_url: "http://j" })), {
    nowMs: () => 1000,
  });
  const identity = await servers.ask(QUESTION);
  if (identity === undefined) throw new Error("nobody");
  assertEquals([identity.name, identity.url, identity.permissionCount], ["joe", "http://j", 1]);
  assert(identity.isCurrent(60_999));
  assert(!identity.isCurrent(61_000));
  assert(!identity.hasRole("view"));
});

Deno.test("AuthServers read keys as Go does: in any case, null is absent", async () => {
  const rules = [{ Topic: "t", CHANNELS: [".*"], Permissions: ["publish"], extra: 1 }, null];
  const body = JSON.stringify({ TTL: 5, Identity: null, Authorizations: rules });
  const identity = await fakeServers(new FakePort(body)).servers.ask(QUESTION);
  assertEquals([identity?.name, identity?.permissionCount], ["", 2]);
  assert(identity?.mayPublish("t"));
});

Deno.test("AuthServers know nobody by a lie, and say what is wrong with it", async () => {
  for (const [body, reason] of LIES) {
    const { servers, failures } = fakeServers(new FakePort(body));
    assertEquals(await servers.ask(QUESTION), undefined, body);
    assertEquals(failures, [`auth server one:1: ${reason}`]);
  }
});

Deno.test("AuthServers begin anywhere and go round until one can be used", async () => {
  const port = new FakePort(DOWN, "lie", goodReply());
  const addresses = ["a:1", "http://me:secret@b:2/x", "c:3"];
  const { servers, failures } = fakeServers(port, { addresses, random: 0.99 });
  assertEquals((await servers.ask(QUESTION))?.name, "joe");
  assertEquals(port.asked.map(({ server }) => server), [2, 0, 1]);
  assertEquals(failures, [
    "auth server c:3: no connection",
    "auth server a:1: the reply is not JSON",
  ]);
});

Deno.test("AuthServers show no password of an address", async () => {
  const addresses = ["http://me:secret@b:2/x"];
  const { servers, failures } = fakeServers(new FakePort(DOWN), { addresses });
  await servers.ask(QUESTION);
  assertEquals(failures, ["auth server http://b:2/x: no connection"]);
});
