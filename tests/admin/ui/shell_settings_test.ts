/** What the page reads from its shell, upstream's globals and ours. */
import { assertEquals } from "@std/assert";
import { readShellSettings } from "../../../src/admin/ui/shell_settings.ts";

Deno.test("readShellSettings understands upstream's globals alone", () => {
  const settings = readShellSettings({
    VERSION: "1.3.0",
    BASE_PATH: "/admin/",
    IS_ADMIN: true,
    NSQLOOKUPD: ["a:4161"],
    GRAPH_ENABLED: false,
  });
  assertEquals(settings, {
    version: "1.3.0",
    basePath: "/admin",
    lookupds: ["a:4161"],
    mode: "lookupd",
    isLoginOn: false,
    user: null,
    role: "admin",
    graphite: undefined,
  });
});

Deno.test("readShellSettings knows nobody where login is on and nobody is in", () => {
  const own = { login: true, user: null, role: null, mode: "nsqd" };
  const settings = readShellSettings({ BASE_PATH: "/", IS_ADMIN: true, NSQADMIN: own });
  assertEquals([settings.basePath, settings.role, settings.mode], ["", null, "nsqd"]);
});

Deno.test("readShellSettings lets people look who are no admins of upstream's kind", () => {
  assertEquals(readShellSettings({ IS_ADMIN: false }).role, "view");
});

Deno.test("readShellSettings asks the own server for graphs of a proxied graphite", () => {
  const { graphite } = readShellSettings({
    GRAPH_ENABLED: true,
    GRAPHITE_URL: "",
    BASE_PATH: "/admin",
    STATSD_PREFIX: "nsq.%s.",
    STATSD_INTERVAL: 10,
    STATSD_COUNTER_FORMAT: "stats.%s",
    STATSD_GAUGE_FORMAT: "gauges.%s",
  });
  assertEquals(graphite, {
    url: "/admin",
    counterFormat: "stats.%s",
    gaugeFormat: "gauges.%s",
    intervalSeconds: 10,
    prefix: "nsq.%s.",
  });
});
