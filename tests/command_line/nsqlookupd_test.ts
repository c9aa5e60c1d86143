// nsqlookupd as a process: what it prints, how it ends, and that it still reaches the network when it has given up the
// rest.

import { assertEquals, assertMatch } from "@std/assert";
import { Daemon } from "../daemons/daemon.ts";
import { toolEnd } from "../tools_e2e/tool_process.ts";

Deno.test("nsqlookupd says in one line why it cannot start", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, errors } = await toolEnd(
    "nsqlookupd",
    `--tcp-address=127.0.0.1:${port}`,
    "--log-level=fatal",
  );
  assertEquals(code, 1);
  assertMatch(
    errors,
    /^\[nsqlookupd\] \S+ \S+ FATAL: failed to instantiate nsqlookupd - listen \(127\.0\.0\.1:\d+\) failed - address already in use[^\n]*\n$/,
  );
});

Deno.test("nsqlookupd refuses a number out of range", async () => {
  const { code, errors } = await toolEnd("nsqlookupd", "--max-registrations=0");
  assertEquals(code, 1);
  assertMatch(errors, /FATAL: --max-registrations must be >= 1\n$/);
});

Deno.test("nsqlookupd dials nsqd's when it has given up its other permissions", async () => {
  await using lookup = await Daemon.start({ program: "nsqlookupd", flags: [] });
  {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: lookup.tcpPort });
    const facts = { broadcast_address: "127.0.0.1", tcp_port: 1, http_port: 1, version: "1" };
    const body = new TextEncoder().encode(JSON.stringify(facts));
    await connection.write(new TextEncoder().encode("  V1IDENTIFY\n"));
    await connection.write(new Uint8Array([0, 0, 0, body.length, ...body]));
    assertMatch(
      await lookup.logged(/cannot be reached - ([^;]*)/),
      /^TCP port 1: connection refused/,
    );
  }
  assertEquals(await lookup.stop(), 0);
});
