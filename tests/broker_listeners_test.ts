// Where a broker listens: several addresses of each kind, unix sockets, and what is said when it cannot.

import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { StartError } from "../src/broker.ts";
import { BrokerHere } from "./command_line/broker_here.ts";
import { TemporaryFolder } from "./daemons/temporary_folder.ts";
import { SERVING_FLAGS } from "./transport/certificates.ts";

async function withBroker(
  flags: readonly string[],
  use: (broker: BrokerHere, folder: string) => Promise<void>,
): Promise<void> {
  using folder = new TemporaryFolder();
  const named = flags.map((flag) => flag.replace("FOLDER", folder.path));
  await using broker = await BrokerHere.start(folder.path, ...named);
  await use(broker, folder.path);
}

/** Everything the log says it listens on. */
function listening({ lines }: BrokerHere): string[] {
  return lines.join("").match(/\S+: listening on \S+/g) ?? [];
}

async function reply(connection: Deno.Conn, request: string, end: RegExp): Promise<string> {
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(4096);
  let text = "";
  while (!end.test(text)) {
    const count = await connection.read(bytes);
    if (count === null) break;
    text += new TextDecoder().decode(bytes.subarray(0, count));
  }
  connection.close();
  return text;
}

const INFO = "GET /info HTTP/1.1\r\nHost: x\r\n\r\n";

Deno.test("Broker listens at every address it is given, sockets go when it stops", () =>
  withBroker([
    "--tcp-listen=FOLDER/t.sock",
    "--tcp-listen=127.0.0.1:0",
    "--http-address=127.0.0.1:0",
    "--http-listen=FOLDER/h.sock",
  ], async (here, folder) => {
    assertEquals(listening(here).map((line) => line.replace(/:\d+$/, ":PORT")), [
      "TCP: listening on 127.0.0.1:PORT",
      `TCP: listening on ${folder}/t.sock`,
      "TCP: listening on 127.0.0.1:PORT",
      "HTTP: listening on 127.0.0.1:PORT",
      `HTTP: listening on ${folder}/h.sock`,
    ]);
    const ports = listening(here).flatMap((line) => /TCP.*:(\d+)$/.exec(line)?.[1] ?? []);
    const connections = [
      Deno.connect({ transport: "unix", path: `${folder}/t.sock` }),
      ...ports.map((port) => Deno.connect({ hostname: "127.0.0.1", port: Number(port) })),
    ];
    for (const connection of connections) {
      assertMatch(await reply(await connection, "  V2PUB t\n\0\0\0\u0001x", /OK/), /OK/);
    }
    const http = await Deno.connect({ transport: "unix", path: `${folder}/h.sock` });
    assertMatch(await reply(http, INFO, /\}/), new RegExp(`"tcp_port":${ports[0]},`));
    await here.stop();
    for (const name of ["t.sock", "h.sock"]) {
      assertThrows(() => Deno.statSync(`${folder}/${name}`), Deno.errors.NotFound);
    }
  }));

Deno.test("Broker on unix sockets alone has no ports to tell", () =>
  withBroker([
    "--tcp-address=FOLDER/t.sock",
    "--http-address=FOLDER/h.sock",
    "--https-address=FOLDER/s.sock",
    "--unix-socket-mode=0600",
    ...SERVING_FLAGS,
  ], async (here, folder) => {
    assertEquals(listening(here).at(-1), `HTTPS: listening on ${folder}/s.sock`);
    for (const name of ["t.sock", "h.sock", "s.sock"]) {
      assertEquals(Deno.statSync(`${folder}/${name}`).mode! & 0o777, 0o600);
    }
    const http = await Deno.connect({ transport: "unix", path: `${folder}/h.sock` });
    assertMatch(await reply(http, INFO, /\}/), /"http_port":-1,"tcp_port":-1,/);
  }));

Deno.test("Broker without addresses for HTTP has none", () =>
  withBroker(["--http-address=", "--https-address=", ...SERVING_FLAGS], (here) => {
    assertEquals(listening(here).length, 1);
    return Promise.resolve();
  }));

Deno.test("Broker says which address it cannot listen at, and leaves the others", async () => {
  using folder = new TemporaryFolder();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = `127.0.0.1:${taken.addr.port}`;
  const socket = `--tcp-address=${folder.path}/t.sock`;
  for (
    const flags of [
      [`--tcp-address=${address}`],
      [socket, `--tcp-listen=${address}`],
      [socket, `--http-address=${address}`],
      [socket, "--http-address=127.0.0.1:0", `--http-listen=${address}`],
      [
        socket,
        "--http-address=127.0.0.1:0",
        "--max-http-connections=9",
        `--http-listen=${address}`,
      ],
      [socket, "--http-address=127.0.0.1:0", ...SERVING_FLAGS, `--https-address=${address}`],
    ]
  ) {
    const text = `failed to instantiate nsqd - listen (${address}) failed - address already in use`;
    const error = await assertRejects(() => BrokerHere.start(folder.path, ...flags), StartError);
    assertEquals(error.message, text, flags.join(" "));
    assertThrows(() => Deno.statSync(`${folder.path}/t.sock`), Deno.errors.NotFound);
  }
  const error = await assertRejects(
    () => BrokerHere.start(folder.path, "--tcp-address=127.0.0.1:http"),
    StartError,
  );
  assertMatch(error.message, /listen \(127\.0\.0\.1:http\) failed - port http is none: write/);
});

Deno.test("Broker finds out its address when asked to", () =>
  withBroker(["--broadcast-address=auto", "--http-listen=FOLDER/h.sock"], async (here, folder) => {
    const address = /broadcast address: (\S+) /.exec(here.lines.join(""))?.[1];
    assert(address !== undefined && address !== "auto");
    const http = await Deno.connect({ transport: "unix", path: `${folder}/h.sock` });
    assertMatch(await reply(http, INFO, /\}/), new RegExp(`"broadcast_address":"${address}"`));
  }));
