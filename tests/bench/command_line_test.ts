// The words of `nsqd bench`: what they ask for, and what is refused.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { benchHelp, benchRequest } from "../../src/bench/command_line.ts";
import { SCENARIO_NAMES } from "../../src/bench/scenarios.ts";
import { SETTING_NAMES, settingsOf } from "../../src/bench/settings.ts";

Deno.test("benchRequest() without words runs every scenario on a server of our own", () => {
  assertEquals(benchRequest([]), {
    scenarios: SCENARIO_NAMES,
    settings: {},
    layers: { tls: false, snappy: false, deflate: false },
    variation: null,
    target: null,
    peers: [],
    serverFlags: [],
    isJson: false,
    isHelp: false,
  });
});

Deno.test("benchRequest() understands scenarios, numbers, addresses and flags of the server", () => {
  const words = "pub latency --size=100 --seconds=0.5 --json --peer=127.0.0.1:4150 --peer-pid=7 " +
    "--peer=[::1]:14150 --peer-http=[::1]:80 --tls --snappy --durability=memory --vary=rate:1,20 " +
    "-- --mem-queue-size=0";
  assertEquals(benchRequest(words.split(" ")), {
    scenarios: ["pub", "latency"],
    settings: { size: 100, seconds: 0.5 },
    layers: { tls: true, snappy: true, deflate: false },
    variation: { name: "rate", values: [1, 20] },
    target: null,
    peers: [
      // --peer-http and --peer-pid go by position: the first of each is the first peer's.
      { hostname: "127.0.0.1", tcpPort: 4150, httpPort: 80, pid: 7 },
      { hostname: "::1", tcpPort: 14150, httpPort: 14151, pid: null },
    ],
    serverFlags: ["--durability=memory", "--mem-queue-size=0"],
    isJson: true,
    isHelp: false,
  });
});

Deno.test("benchRequest() takes a running server, its HTTP port the next by default", () => {
  const words = ["--nsqd-tcp-address=host:5000", "--target-pid=12"];
  assertEquals(benchRequest(words).target, {
    hostname: "host",
    tcpPort: 5000,
    httpPort: 5001,
    pid: 12,
  });
});

const REFUSED = {
  "quick": 'there is no scenario "quick"',
  "--fast": "there is no flag --fast",
  "--size=x": "--size=x is not a number from 8 to 1048576",
  "--size=": "--size= is not a number",
  "--rounds=0": "--rounds=0 is not a number from 1 to 1000",
  "--batch=1.5": "--batch=1.5 is not a number",
  "--peer=localhost": '"localhost" is not of the form HOST:PORT',
  "--nsqd-http-address=a:1": "--nsqd-http-address needs --nsqd-tcp-address",
  "--nsqd-tcp-address=a:1 -- --x": "it starts none here",
  "--nsqd-tcp-address=a:1 --durability=memory": "it starts none here",
  "--durability=disk": "--durability=disk is not memory, async or fsync",
  "--snappy --deflate": "use --snappy or --deflate, not both",
  "--vary=rounds:1,2": "--vary=rounds:1,2 is not NAME:N,N,...",
  "--vary=size": "--vary=size is not NAME:N,N,...",
  "--vary=size:1,2": "--size=1 is not a number from 8",
  "--nsqd-tcp-address=a:1 --target-pid=me": '"me" is not the number of a process',
};

for (const [words, text] of Object.entries(REFUSED)) {
  Deno.test(`benchRequest() refuses ${words}`, () => {
    assertThrows(() => benchRequest(words.split(" ")), Error, text);
  });
}

Deno.test("benchHelp() names every scenario and every number", () => {
  const help = benchHelp();
  for (const name of SCENARIO_NAMES) assertStringIncludes(help, `\n  ${name} `);
  for (const name of SETTING_NAMES) assertStringIncludes(help, `\n  --${name}=`);
});

Deno.test("settingsOf() prefers what was typed to the scenario's default to the list's", () => {
  const { size, batch, rounds } = settingsOf({ size: 9 }, { size: 8, batch: 0 });
  assertEquals([size, batch, rounds], [9, 0, 3]);
});
