/** The page's addresses: upstream's paths, both ways, for names of every kind. */
import { assertEquals } from "@std/assert";
import {
  parseRoute,
  pathBehind,
  type Route,
  routeAbove,
  routePath,
  routeTitle,
} from "../../../src/admin/ui/route.ts";

const routes: readonly Route[] = [
  { page: "topics" },
  { page: "topic", topic: "orders" },
  { page: "topic", topic: "orders#ephemeral" },
  { page: "channel", topic: "a.b_c-d", channel: "tail#ephemeral" },
  { page: "channel", topic: "100%", channel: "ä/ö" },
  { page: "messages", topic: "orders#ephemeral", channel: "bill&ing" },
  { page: "messages", topic: "orders", channel: "" },
  { page: "nodes" },
  { page: "node", node: "host.example:4151" },
  { page: "node", node: "[::1]:4151" },
  { page: "counter" },
  { page: "lookup" },
  { page: "create" },
  { page: "login" },
];

Deno.test("parseRoute gives back every route that routePath wrote", () => {
  for (const route of routes) {
    const [path = "", query = ""] = routePath(route).split("?");
    assertEquals(parseRoute(path, query), route);
  }
});

Deno.test("parseRoute takes upstream's addresses as people typed them", () => {
  assertEquals(parseRoute("/"), { page: "topics" });
  assertEquals(parseRoute("/nodes/127.0.0.1:4151"), { page: "node", node: "127.0.0.1:4151" });
  assertEquals(parseRoute("/topics/t/c/"), { page: "channel", topic: "t", channel: "c" });
});

Deno.test("parseRoute calls missing what is no page", () => {
  for (const path of ["/nothing", "/topics/a/b/c", "/nodes/a/b", "/counter/x", "/messages/x"]) {
    assertEquals(parseRoute(path), { page: "missing", path });
  }
});

Deno.test("parseRoute keeps a name that is no valid encoding", () => {
  assertEquals(parseRoute("/topics/100%"), { page: "topic", topic: "100%" });
});

Deno.test("routeAbove leads from a message's channel to the list of topics", () => {
  const channel: Route = { page: "channel", topic: "t", channel: "c" };
  assertEquals(routeAbove({ page: "messages", topic: "t", channel: "c" }), channel);
  assertEquals(routeAbove(channel), { page: "topic", topic: "t" });
  assertEquals(routeAbove({ page: "topic", topic: "t" }), { page: "topics" });
  assertEquals(routeAbove({ page: "node", node: "n" }), { page: "nodes" });
});

Deno.test("routeTitle names what the page is about", () => {
  assertEquals(routeTitle({ page: "channel", topic: "orders", channel: "bill" }), "bill · orders");
  assertEquals(routeTitle({ page: "counter" }), "Counter");
});

Deno.test("pathBehind cuts the base path only where it is one", () => {
  assertEquals(pathBehind("", "/topics"), "/topics");
  assertEquals(pathBehind("/admin", "/admin"), "/");
  assertEquals(pathBehind("/admin", "/admin/nodes"), "/nodes");
  assertEquals(pathBehind("/admin", "/administrator"), undefined);
});
