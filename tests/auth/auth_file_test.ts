// The file of users: what it can say, what it must not, and who is found by it.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { scryptSync } from "node:crypto";
import { AuthFileError, readAuthFile } from "../../src/auth/auth_file.ts";
import type { UserBook } from "../../src/auth/user_book.ts";
import { hashOf } from "./fake_authority.ts";

const TOML = `
[[users]]
name = "billing"
role = "view"
identity_url = "https://intranet/billing"
tokens = ["${hashOf("long-random")}", "${hashOf("second")}"]

[[users.authorizations]]
topic = "^orders$"
permissions = ["publish", "subscribe"]

[[users]]
name = "Zoë"
tokens = ["${scryptText("made up")}"]
`;

function scryptText(token: string): string {
  const salt = new Uint8Array(16).fill(7);
  const hash = scryptSync(token, salt, 32, { N: 1024, r: 8, p: 1 });
  const text = (bytes: Uint8Array) => bytes.toBase64({ omitPadding: true });
  return `$scrypt$ln=10,r=8,p=1$${text(salt)}$${text(new Uint8Array(hash))}`;
}

function bookOf(text: string, path = "/etc/users.toml"): UserBook {
  return readAuthFile(path, () => text);
}

/** A name in UTF-8, as bytes of a command have it. */
function wire(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

Deno.test("readAuthFile finds users by a token, and by name and token", async () => {
  const book = bookOf(TOML);
  assertEquals(book.size, 2);
  for (const secret of ["long-random", "second", "billing:second"]) {
    const identity = await book.find(secret);
    assertEquals(identity?.name, "billing", secret);
    assertEquals(identity?.url, "https://intranet/billing");
  }
  assertEquals((await book.find(wire("Zoë:made up")))?.name, "Zoë");
  assertEquals((await book.find(wire("Zoë:made up")))?.name, "Zoë");
  const wrong = ["", ":", "long-rando", "made up", "x:second", wire("Zoë:"), wire("Zoë:made")];
  for (const secret of [...wrong, "Zoë:made up", hashOf("second"), "billing:"]) {
    assertEquals(await book.find(secret), undefined, secret);
  }
});

Deno.test("readAuthFile says what users may do", async () => {
  const book = bookOf(TOML);
  const billing = (await book.find("second"))!;
  assert(billing.mayPublish("orders"));
  assert(billing.maySubscribe("orders", "any"));
  assert(!billing.mayPublish("order"));
  assert(billing.hasRole("view"));
  assert(!billing.hasRole("operate"));
  const zoe = (await book.find(wire("Zoë:made up")))!;
  assertEquals(zoe.permissionCount, 0);
  assert(!zoe.hasRole("view"));
  assert(billing.isCurrent(Number.MAX_VALUE));
  book.isReplaced = true;
  assert(!billing.isCurrent(0));
});

Deno.test("readAuthFile reads JSON as well", async () => {
  const users = [{ name: "a", role: "admin", tokens: [hashOf("t")], authorizations: [] }];
  const book = bookOf(JSON.stringify({ users }), "/x/users.json");
  assert((await book.find("t"))?.hasRole("operate"));
});

/** What may be wrong with a file of one user, and what is said of it. */
const MISTAKES: readonly (readonly [string, string])[] = [
  ["", "users: must be a list of tables"],
  ["[[users]", "is not well-formed at line 1"],
  ["a = 1\nb = = 2", "is not well-formed at line 2"],
  ["secret = 1", 'the file: "secret" is no key here; there are users'],
  ["users = []", "users: names nobody, so nobody could come in"],
  ["users = [1]", "users[0]: must be a table"],
  ["[[users]]", "users[0].name: must be a text"],
  ['[[users]]\nname = "a:b"', "users[0].name: must not be empty and not contain a colon"],
  ['[[users]]\nname = "a"', "users[0].tokens: must be a list of texts"],
  ['[[users]]\nname = "a"\ntokens = ["plain"]', "users[0].tokens[0]: is no token hash"],
  [
    '[[users]]\nname = "a"\ntokens = ["$scrypt$ln=20,r=8,p=1$aaaa$aaaaaaaaaaaaaaaaaaaaaaaa"]',
    "users[0].tokens[0]: asks for more than 64 MiB",
  ],
  [
    '[[users]]\nname = "a"\ntokens = ["$scrypt$ln=10,r=8,p=1$aaaa$aaaa"]',
    "users[0].tokens[0]: has less than 16 bytes of hash",
  ],
  [
    '[[users]]\nname = "a"\ntokens = []\nrole = "root"',
    "users[0].role: must be view, operate, admin",
  ],
  ['[[users]]\nname = "a"\ntokens = []\nrolle = "view"', 'users[0]: "rolle" is no key here'],
  [
    '[[users]]\nname = "a"\ntokens = []\n[[users]]\nname = "a"\ntokens = []',
    "users[1].name: a is there twice",
  ],
  [
    '[[users]]\nname = "a"\ntokens = []\n[[users.authorizations]]\ntopic = "("\npermissions = []',
    "users[0].authorizations[0]: error parsing regexp",
  ],
  [
    '[[users]]\nname = "a"\ntokens = []\n[[users.authorizations]]\ntopic = "t"\npermissions = ["x"]',
    'users[0].authorizations[0].permissions: unknown permission "x"',
  ],
  [
    '[[users]]\nname = "a"\ntokens = []\n[[users.authorizations]]\ntopic = "t"',
    "users[0].authorizations[0].permissions: must be a list of texts",
  ],
];

Deno.test("readAuthFile names the file and the place of a mistake", () => {
  for (const [text, expected] of MISTAKES) {
    const error = assertThrows(() => bookOf(text), AuthFileError);
    const found = error.message.startsWith(`/etc/users.toml: ${expected}`);
    assert(found, `${error.message}\n  instead of ${expected}`);
  }
});

Deno.test("readAuthFile shows nothing of the text in its errors", () => {
  for (const [path, text] of [["u.json", '{"users": [tok3n}'], ["u.toml", 'users = "tok3n\n']]) {
    const error = assertThrows(() => bookOf(text!, path!), AuthFileError);
    assert(!error.message.includes("tok3n"), error.message);
  }
  const plain = '[[users]]\nname = "a"\ntokens = ["tok3n"]';
  assert(!assertThrows(() => bookOf(plain), AuthFileError).message.includes("tok3n"));
});

Deno.test("readAuthFile says when the file cannot be read", () => {
  const missing = () => {
    throw new Error("no such file");
  };
  assertThrows(() => readAuthFile("/x", missing), AuthFileError, "/x: no such file");
});

Deno.test("UserBook computes a few slow hashes at a time and refuses a flood of them", async () => {
  const book = bookOf(TOML);
  const attempts = Array.from({ length: 100 }, (_, index) => book.find(wire(`Zoë:${index}`)));
  const outcomes = await Promise.allSettled(attempts);
  const refused = outcomes.filter(({ status }) => status === "rejected");
  assertEquals(refused.length, 34);
  assertEquals((await book.find(wire("Zoë:made up")))?.name, "Zoë");
});

Deno.test("readAuthFile reads the README's example", async () => {
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  const [, example] = /```toml\n(\[\[users\]\][^`]*)```/.exec(readme) ?? [];
  const billing = await bookOf(example!).find("billing:correct horse battery staple");
  assert(billing?.mayPublish("orders"));
});
