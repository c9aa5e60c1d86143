// The set as data. What it means to Deno is in probe_test.ts.

import { assertEquals } from "@std/assert";
import { permissionsOf, PLACES } from "../../src/confinement/permissions.ts";
import { permissionsText } from "../../src/confinement/permissions_text.ts";
import { NSQD_OPTIONS } from "../../src/options/nsqd_options.ts";
import { rowsOf } from "../../src/options/option_row.ts";
import { optionsOf } from "./confined_broker.ts";

const FACTS = { currentDirectory: "/here" };

function setOf(...flags: string[]) {
  return permissionsOf(optionsOf(...flags), FACTS);
}

Deno.test("permissionsOf() of an nsqd without flags is its ports and the current directory", () => {
  assertEquals(setOf(), {
    net: ["[::]:4150", "0.0.0.0:4150", "[::]:4151", "0.0.0.0:4151"],
    read: ["/here"],
    write: ["/here"],
    sys: ["statfs", "inspector"],
    env: false,
    run: false,
    ffi: false,
    import: false,
  });
});

Deno.test("permissionsOf() names hosts as they are written, and ports as they are", () => {
  const { net } = setOf(
    "--tcp-address=localhost:0",
    "--http-address=[::1]:4151",
    "--tcp-listen=127.0.0.1:5",
    "--tcp-listen=10.0.0.1:6",
  );
  assertEquals(net, ["localhost:0", "127.0.0.1:5", "10.0.0.1:6", "[::1]:4151"]);
});

Deno.test("permissionsOf() makes paths absolute, those of unix sockets too", () => {
  const { net, read, write } = setOf(
    "--data-path=data",
    "--tcp-address=run/../tcp.sock",
    "--http-address=",
    "--tls-cert=/etc/./cert.pem",
    "--tls-key=key.pem",
    "--tls-root-ca-file=ca.pem",
    "--https-address=",
    "--auth-file=users.toml",
  );
  assertEquals(net, ["unix:/here/tcp.sock"]);
  assertEquals(write, ["/here/data", "/here/tcp.sock"]);
  assertEquals(read, [
    "/here/data",
    "/here/tcp.sock",
    "/etc/cert.pem",
    "/here/key.pem",
    "/here/ca.pem",
    "/here/users.toml",
  ]);
});

Deno.test("permissionsOf() grants nothing for an address that is none", () => {
  const { net } = setOf("--tcp-address=host:port", "--http-address=two words:1");
  assertEquals(net, []);
});

/** Options that look as if they named a place of the broker's, and do not. */
const NO_PLACES = [
  "config", // read before the thread is there
  "lookupdTcpAddress", // the main thread connects
  "authHttpAddress",
  "statsdAddress",
  "enableExperiment", // a list of words
  "httpAllowOrigin", // of web pages
];

Deno.test("PLACES has a row for every option that names a place", () => {
  const suspects = rowsOf(NSQD_OPTIONS)
    .filter(([, { type }]) => ["path", "address", "list"].includes(type))
    .map(([key]) => key);
  assertEquals(suspects.sort(), [...Object.keys(PLACES), ...NO_PLACES].sort());
});

Deno.test("permissionsText() shows flags of Deno, and what is not confined", () => {
  assertEquals(
    permissionsText(setOf("--tcp-address=a:1", "--http-address=", "--data-path=/data")),
    `The broker's thread may do this, and nothing else:
  --allow-net=a:1
  --allow-read=/data
  --allow-write=/data
  --allow-sys=statfs,inspector
The main thread, once the broker runs:
  --allow-net --allow-env --allow-sys
`,
  );
  assertEquals(
    permissionsText(undefined),
    "The broker is not confined (--confined=false): it may do what this process may.\n",
  );
});
