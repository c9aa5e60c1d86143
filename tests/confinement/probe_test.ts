// What a thread can do that has the broker's permissions: a probe is started with the very set that nsqd computes.

import { assertEquals } from "@std/assert";
import { openThread } from "../../src/confinement/broker_thread.ts";
import type { Options } from "../../src/options/nsqd_options.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { optionsOf, permissionsHere } from "./confined_broker.ts";
import type { Attempt } from "./probe_worker.ts";

const PROBE = new URL("./probe_worker.ts", import.meta.url);

/** What became of attempts in a thread that may do what a broker with these options may. */
async function outcomes(options: Options, attempts: readonly Attempt[]): Promise<string[]> {
  const worker = openThread(PROBE, permissionsHere(options));
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(attempts);
    });
  } finally {
    worker.terminate();
  }
}

async function assertEach(options: Options, attempts: readonly Attempt[], expected: string) {
  const found = await outcomes(options, attempts);
  assertEquals(
    found.map((outcome, index) => `${attempts[index]!.join(" ")}: ${outcome}`),
    attempts.map((attempt) => `${attempt.join(" ")}: ${expected}`),
  );
}

function optionsIn(folder: string): Options {
  return optionsOf(
    `--data-path=${folder}/data`,
    "--tcp-address=127.0.0.1:0",
    "--http-address=[::1]:0",
    `--tcp-listen=${folder}/tcp.sock`,
    `--tls-cert=${folder}/cert.pem`,
    `--tls-key=${folder}/key.pem`,
    "--https-address=:0",
    `--auth-file=${folder}/users.toml`,
  );
}

function prepare(folder: string): void {
  Deno.mkdirSync(`${folder}/data`);
  for (const name of ["cert.pem", "key.pem", "users.toml", "other.pem"]) {
    Deno.writeTextFileSync(`${folder}/${name}`, "x");
  }
}

Deno.test("permissionsOf() allows what the options name", async () => {
  using folder = new TemporaryFolder();
  prepare(folder.path);
  await assertEach(optionsIn(folder.path), [
    ["write", `${folder.path}/data/file`],
    ["read", `${folder.path}/data/file`],
    ["list", `${folder.path}/data`],
    ["freeSpace", `${folder.path}/data`],
    ["read", `${folder.path}/cert.pem`],
    ["read", `${folder.path}/key.pem`],
    ["read", `${folder.path}/users.toml`],
    ["listen", "127.0.0.1"],
    ["listen", "::1"],
    ["listen", "::"],
    ["listen", "0.0.0.0"],
    ["listenUnix", `${folder.path}/tcp.sock`],
  ], "allowed");
});

Deno.test("permissionsOf() refuses every other file", async () => {
  using folder = new TemporaryFolder();
  prepare(folder.path);
  await assertEach(optionsIn(folder.path), [
    ["read", "/etc/passwd"],
    ["readAsNode", "/etc/passwd"],
    ["read", "/proc/self/environ"],
    ["list", folder.path],
    ["read", `${folder.path}/other.pem`],
    ["read", `${folder.path}/data/../other.pem`],
    ["freeSpace", folder.path],
    ["write", `${folder.path}/other`],
    ["write", `${folder.path}/data2`],
    ["write", `${folder.path}/cert.pem`],
    ["write", `${folder.path}/users.toml`],
    ["remove", `${folder.path}/key.pem`],
    ["link", `${folder.path}/data/link`],
    ["hardLink", `${folder.path}/data/link`],
    ["temporary"],
  ], "refused");
});

Deno.test("permissionsOf() refuses every other place in the network", async () => {
  using folder = new TemporaryFolder();
  using elsewhere = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assertEach(optionsIn(folder.path), [
    ["listen", "localhost"],
    ["listen", "127.0.0.2"],
    ["listenAt", "127.0.0.1 4150"],
    ["listenAt", ":: 4150"],
    ["listenAt", "0.0.0.0 4151"],
    ["listenUnix", `${folder.path}/other.sock`],
    ["listenUnix", `${folder.path}/data/other.sock`],
    ["connect", String(elsewhere.addr.port)],
    ["fetch", `http://127.0.0.1:${elsewhere.addr.port}/`],
    ["fetch", "file:///etc/passwd"],
    ["resolve", "localhost"],
  ], "refused");
});

Deno.test("permissionsOf() allows no program, library, environment, module or more rights", async () => {
  using folder = new TemporaryFolder();
  await assertEach(optionsIn(folder.path), [
    ["run", "/bin/true"],
    ["runAsNode", "/bin/true"],
    ["environment", "HOME"],
    ["library", "libc.so.6"],
    ["hostname"],
    ["interfaces"],
    ["importModule", "https://deno.land/x/"],
    ["importModule", "file:///etc/passwd"],
    ["moreRights"],
  ], "refused");
});

Deno.test("permissionsOf() without a certificate allows no listening for HTTPS", async () => {
  using folder = new TemporaryFolder();
  const options = optionsOf(`--data-path=${folder.path}`, "--https-address=127.0.0.1:0");
  await assertEach(options, [["listen", "127.0.0.1"]], "refused");
});

Deno.test("permissionsOf() allows looking at the network's interfaces where the address is automatic", async () => {
  using folder = new TemporaryFolder();
  const options = optionsOf(`--data-path=${folder.path}`, "--broadcast-address=auto");
  await assertEach(options, [["interfaces"]], "allowed");
});
