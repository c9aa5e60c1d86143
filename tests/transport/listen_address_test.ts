// Addresses as Go's net.SplitHostPort reads them.

import { assertEquals, assertThrows } from "@std/assert";
import {
  boundText,
  isWildcard,
  parseListenAddress,
  portOf,
  remoteHost,
  remoteText,
} from "../../src/transport/listen_address.ts";

Deno.test("parseListenAddress() reads host:port, and takes everything else for a path", () => {
  const tcp = (hostname: string, port: number) => ({ kind: "tcp", hostname, port });
  const unix = (path: string) => ({ kind: "unix", path });
  for (
    const [text, expected] of [
      ["0.0.0.0:4150", tcp("0.0.0.0", 4150)],
      [":4150", tcp("", 4150)],
      ["[::1]:4150", tcp("::1", 4150)],
      ["[::]:0", tcp("::", 0)],
      ["a.example:65535", tcp("a.example", 65535)],
      ["/run/nsqd.sock", unix("/run/nsqd.sock")],
      ["nsqd.sock", unix("nsqd.sock")],
      ["a:b:c", unix("a:b:c")],
      ["::1:4150", unix("::1:4150")],
    ] as const
  ) assertEquals(parseListenAddress(text) as unknown, expected);
});

Deno.test("parseListenAddress() refuses a port that is none", () => {
  for (const text of ["host:", "host:http", "host:65536", "host:-1", "host:123456"]) {
    assertThrows(() => parseListenAddress(text), SyntaxError, "number up to 65535");
  }
});

Deno.test("isWildcard() knows what stands for all addresses", () => {
  assertEquals(["", "0.0.0.0", "::", "127.0.0.1", "::1"].filter(isWildcard), ["", "0.0.0.0", "::"]);
});

const net = (hostname: string) => ({ transport: "tcp", hostname, port: 7 }) as const;
const CLIENT = { transport: "unix", path: "" } as const;
const SOCKET = { transport: "unix", path: "/run/n.sock" } as const;

Deno.test("bound and remote addresses are shown as Go shows them", () => {
  assertEquals([boundText(net("::")), boundText(SOCKET)], ["[::]:7", "/run/n.sock"]);
  assertEquals([portOf(net("::")), portOf(SOCKET)], [7, -1]);
  assertEquals(remoteText(net("::ffff:10.0.0.1")), "10.0.0.1:7");
  assertEquals(remoteHost(net("::ffff:10.0.0.1")), "10.0.0.1");
  assertEquals(remoteText(net("fe80::1")), "[fe80::1]:7");
  assertEquals([remoteText(CLIENT), remoteHost(CLIENT)], ["@", "@"]);
});
