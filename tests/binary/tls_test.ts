/**
 * TLS of the executable from outside: certificates read again while connections stand, and the ways
 * in which a start fails. Runs when NSQD_BIN names the file.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NsqError } from "../../src/client/nsq_error.ts";
import { Producer } from "../../src/client/producer.ts";
import { TemporaryFolder } from "../daemons/temporary_folder.ts";
import { AUTHORITY_FILE, CERTIFICATES } from "../transport/certificates.ts";
import { executableTest, RunningBroker, runToEnd } from "./executable.ts";

const SIGNED = `${CERTIFICATES}server`;
const SELF_SIGNED = new URL("../conformance/tls/server", import.meta.url).pathname;

/** Puts a certificate and its key where the broker looks for them. */
async function install(folder: string, certificate: string): Promise<void> {
  for (const suffix of ["crt", "key"]) {
    await Deno.copyFile(`${certificate}.${suffix}`, `${folder}/current.${suffix}`);
  }
}

/** A producer that trusts that certificate, or what it has signed. */
function producerTrusting(address: string, path: string): Producer {
  const tls = { authorities: [Deno.readTextFileSync(path)] };
  return new Producer({ address: address.replace("127.0.0.1", "localhost"), tls });
}

async function assertTrusts(address: string, path: string): Promise<void> {
  const producer = producerTrusting(address, path);
  await producer.publish("t", "x");
  await producer.close();
}

executableTest("executable reads its certificate again and drops no connection", async (path) => {
  using folder = new TemporaryFolder();
  await install(folder.path, SIGNED);
  const [crt, key] = [`${folder.path}/current.crt`, `${folder.path}/current.key`];
  const flags = [`--tls-cert=${crt}`, `--tls-key=${key}`, "--https-address="];
  await using broker = await RunningBroker.startOn(path, folder.path, flags);
  const standing = producerTrusting(broker.tcpAddress, AUTHORITY_FILE);
  await standing.publish("t", "before");

  await install(folder.path, SELF_SIGNED);
  Deno.kill(broker.pid, "SIGHUP");
  await broker.logged(/TLS: new connections use the certificate/);
  await assertTrusts(broker.tcpAddress, `${SELF_SIGNED}.crt`);
  const distrustful = producerTrusting(broker.tcpAddress, AUTHORITY_FILE);
  await assertRejects(() => distrustful.connect(), NsqError, "certificate");

  await Deno.writeTextFile(crt, "this is no certificate\n");
  Deno.kill(broker.pid, "SIGHUP");
  await broker.logged(/TLS: the certificate in use stays/);
  await assertTrusts(broker.tcpAddress, `${SELF_SIGNED}.crt`);

  await standing.publish("t", "after");
  await standing.close();
  const { topics } = JSON.parse(await broker.request("GET", "/stats?format=json"));
  assertEquals(topics[0].message_count, 4);
});

executableTest("executable says which certificate it cannot start with", async (path) => {
  using folder = new TemporaryFolder();
  const server = [`--tls-cert=${SIGNED}.crt`, `--tls-key=${SIGNED}.key`];
  const cases: [string[], string][] = [
    [
      ["--tls-cert=/none.crt", "--tls-key=/none.key"],
      "failed to build TLS config - open /none.crt: no such file or directory",
    ],
    [
      [`--tls-cert=${SIGNED}.crt`, `--tls-key=${SELF_SIGNED}.key`],
      "failed to build TLS config - the key in ",
    ],
    [
      [...server, `--tls-root-ca-file=${SIGNED}.key`],
      "failed to build client TLS config - failed to append certificate to pool",
    ],
    [["--tls-required"], "cannot require TLS client connections without TLS key and cert"],
  ];
  for (const [flags, text] of cases) {
    const { code, errors } = await runToEnd(path, [`--data-path=${folder.path}`, ...flags]);
    assertEquals(code, 1, errors);
    assertStringIncludes(errors, `failed to instantiate nsqd - ${text}`);
    assert(!errors.includes("    at "), errors);
  }
});
