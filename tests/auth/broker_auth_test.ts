// A whole broker with a file of users: over TCP, with a broken file, and read again.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { OptionError } from "../../src/options/option_error.ts";
import { StartError } from "../../src/broker.ts";
import { BrokerHere } from "../command_line/broker_here.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { FrameReader } from "../server/frame_reader.ts";
import { sized, wireBytes } from "../wire/wire_bytes.ts";
import { EVERYTHING, hashOf } from "./fake_authority.ts";

function userFile(...tokens: string[]): string {
  const users = tokens.map((token) => ({
    name: `user of ${token}`,
    role: "admin",
    tokens: [hashOf(token)],
    authorizations: [EVERYTHING],
  }));
  return JSON.stringify({ users });
}

/** A connection that has sent the magic. */
class RawClient implements Disposable {
  readonly #connection: Deno.Conn;
  readonly #frames = new FrameReader();

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async open(address: string): Promise<RawClient> {
    const { hostname, port } = new URL(`http://${address}`);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(wireBytes("  V2"));
    return new RawClient(connection);
  }

  async say(...texts: string[]): Promise<string> {
    await this.#connection.write(wireBytes(...texts));
    const bytes = new Uint8Array(4096);
    while (true) {
      const frame = this.#frames.next();
      if (frame !== undefined) return frame.text;
      const count = await this.#connection.read(bytes);
      if (count === null) return "closed";
      this.#frames.push(bytes.slice(0, count));
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

const authOf = (token: string) => `AUTH\n${sized(token)}`;
const PUB = `PUB t\n${sized("x")}`;

Deno.test("Broker lets the users of --auth-file in, and reads the file again", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/users.json`;
  Deno.writeTextFileSync(path, userFile("one", "two"));
  await using broker = await BrokerHere.start(folder.path, `--auth-file=${path}`);
  using one = await RawClient.open(broker.address);
  using two = await RawClient.open(broker.address);
  using stranger = await RawClient.open(broker.address);
  assertStringIncludes(
    await one.say("IDENTIFY\n", sized('{"feature_negotiation":true}')),
    '"auth_required":true',
  );
  const granted = '{"identity":"user of one","identity_url":"","permission_count":1}';
  assertEquals(await one.say(authOf("one")), granted);
  assertStringIncludes(await two.say(authOf("two")), "user of two");
  assertEquals(await stranger.say(authOf("three")), "error E_AUTH_FAILED AUTH failed");
  assertEquals(await one.say(PUB), "OK");

  Deno.writeTextFileSync(path, "{ broken");
  broker.broker.reload();
  assertEquals(await two.say(PUB), "OK");

  Deno.writeTextFileSync(path, userFile("one", "three"));
  broker.broker.reload();
  assertEquals(await one.say(PUB), "OK");
  assertEquals(await two.say(PUB), "error E_AUTH_FAILED AUTH failed");
  using newcomer = await RawClient.open(broker.address);
  assertStringIncludes(await newcomer.say(authOf("three")), "user of three");
});

Deno.test("Broker does not start with a file of users that cannot be used", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/users.toml`;
  Deno.writeTextFileSync(path, "[[users]]\nnames = 1\n");
  const start = () => BrokerHere.start(folder.path, `--auth-file=${path}`);
  const error = await assertRejects(start, StartError);
  assertStringIncludes(error.message, `${path}: users[0]: "names" is no key here`);
});

Deno.test("Broker does not protect HTTP without users", async () => {
  using folder = new TemporaryFolder();
  const error = await assertRejects(() => BrokerHere.start(folder.path, "--http-auth"), Error);
  assert(error instanceof OptionError || error instanceof StartError);
  assertStringIncludes(error.message, "--http-auth needs --auth-file");
});
