// Addresses both ways.

import { assertEquals } from "@std/assert";
import { formatHostPort, parseHostPort } from "../../src/base/host_port.ts";

Deno.test("parseHostPort() reads what formatHostPort() writes", () => {
  const written: readonly [string, string, number][] = [
    ["127.0.0.1:4150", "127.0.0.1", 4150],
    ["localhost:0", "localhost", 0],
    [":65535", "", 65535],
    ["[::1]:4150", "::1", 4150],
  ];
  for (const [text, hostname, port] of written) {
    assertEquals(parseHostPort(text), { hostname, port });
    assertEquals(formatHostPort({ hostname, port }), text);
  }
});

Deno.test("parseHostPort() refuses everything else", () => {
  const refused = ["", "host", "host:", "host:x", "host:65536", "host:123456", "::1:4150", "a:1:2"];
  for (const text of [...refused, "[::1]", "[::1:4150", "host:-1", "/tmp/sock"]) {
    assertEquals(parseHostPort(text), undefined, text);
  }
});
