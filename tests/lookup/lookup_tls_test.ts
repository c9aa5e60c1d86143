// TLS between nsqd's side and nsqlookupd's, both real, over real sockets: what works, and what the log says where it does
// not.

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ClientTls } from "../../src/base/client_tls.ts";
import { httpGet } from "../../src/base/http_get.ts";
import { LookupPeers } from "../../src/lookup/lookup_peers.ts";
import { PEER_TIMINGS } from "../../src/lookup/lookup_peer.ts";
import { Lookupd } from "../../src/lookupd/lookupd.ts";
import { type LookupdOptions, NSQLOOKUPD_OPTIONS } from "../../src/options/nsqlookupd_options.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { withTlsImplied } from "../../src/options/tls_options.ts";
import { logTo } from "../base/kept_log.ts";
import { ConfinedBroker } from "../confinement/confined_broker.ts";
import {
  AUTHORITY_FILE,
  CERTIFICATES,
  pem,
  SERVING,
  SHOWING,
  TRUSTING,
} from "../transport/certificates.ts";

const VERIFYING = {
  ...SERVING,
  tlsRootCaFile: AUTHORITY_FILE,
  tlsClientAuthPolicy: "require-verify",
};
const NODE = {
  broadcastAddress: "mine.test",
  tcpPort: 4150,
  httpPort: 4151,
  hostname: "here",
  topologyRegion: "",
  topologyZone: "",
  version: "9.9.9",
};

/** What was logged, and a way to wait for it. */
class Lines {
  readonly all: string[] = [];
  #wake: (() => void)[] = [];
  readonly log = logTo((text) => {
    this.all.push(text);
    for (const wake of this.#wake.splice(0)) wake();
  });

  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.all.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}

interface Scene extends AsyncDisposable {
  readonly lookupd: Lookupd;
  readonly served: Lines;
  readonly said: Lines;
  readonly peers: LookupPeers;
}

async function lookupdWith(given: Partial<LookupdOptions>, lines: Lines): Promise<Lookupd> {
  const options = withTlsImplied({
    ...defaultsOf(NSQLOOKUPD_OPTIONS),
    checkReachability: false,
    tcpAddress: "127.0.0.1:0",
    httpAddress: "127.0.0.1:0",
    httpsAddress: "127.0.0.1:0",
    broadcastAddress: "127.0.0.1",
    ...given,
  });
  return await Lookupd.start({ options, log: lines.log, hostname: "here" });
}

/** An nsqlookupd with these options, and a node that announces `t` to it. */
async function announced(
  given: Partial<LookupdOptions>,
  tls: ClientTls | undefined,
): Promise<Scene> {
  const [served, said] = [new Lines(), new Lines()];
  const lookupd = await lookupdWith(given, served);
  const timings = { ...PEER_TIMINGS, retryDelayMs: 10, retryDelayMsMax: 50 };
  const peers = new LookupPeers({ log: said.log, timings });
  const common = { kind: "servers", node: NODE, requestLimitMs: 10_000 } as const;
  const addresses = [`127.0.0.1:${lookupd.tcpPort}`];
  peers.order({ ...common, addresses, registrations: [["t", ["c"]]], tls });
  return {
    lookupd,
    served,
    said,
    peers,
    async [Symbol.asyncDispose]() {
      peers.order({ ...common, addresses: [], registrations: [] });
      await lookupd.stop();
    },
  };
}

Deno.test("LookupPeers registers and asks for channels over TLS, with certificates on both sides", async () => {
  await using scene = await announced(VERIFYING, SHOWING);
  await scene.served.line(/REGISTER category:topic key:t /);
  assertMatch(await scene.said.line(/connected/), /: connected over TLS, version /);
  assertEquals(await scene.peers.channelsOf("t"), ["c"]);
});

Deno.test("Lookupd serves TLS and plain text on one port", async () => {
  await using scene = await announced(SERVING, TRUSTING);
  await scene.served.line(/REGISTER category:topic key:t /);
  const plain = new Lines();
  const peers = new LookupPeers({ log: plain.log });
  const common = { kind: "servers", node: NODE, requestLimitMs: 10_000 } as const;
  const addresses = [`127.0.0.1:${scene.lookupd.tcpPort}`];
  peers.order({ ...common, addresses, registrations: [["plain", []]] });
  await scene.served.line(/REGISTER category:topic key:plain /);
  assertEquals(await peers.channelsOf("t"), ["c"]);
  peers.order({ ...common, addresses: [], registrations: [] });
});

Deno.test("Lookupd that requires TLS says so to a plain nsqd, and to plain HTTP", async () => {
  await using scene = await announced({ ...SERVING, tlsRequired: "true" }, undefined);
  assertMatch(
    await scene.said.line(/answered/),
    /it answered IDENTIFY with "E_INVALID TLS is required: start nsqd with --lookupd-tls"/,
  );
  const { httpPort, httpsPort } = scene.lookupd;
  const limits = { limitMs: 10_000, bytesMax: 10_000 };
  const refused = await httpGet({ url: `http://127.0.0.1:${httpPort}/ping`, ...limits });
  assertEquals(refused.status, 403);
  assertEquals(JSON.parse(refused.body), { message: "TLS_REQUIRED", https_port: httpsPort });
  const url = `https://127.0.0.1:${httpsPort}/ping`;
  assertEquals((await httpGet({ url, tls: TRUSTING, ...limits })).body, "OK");
});

Deno.test("Lookupd with --tls-required=tcp-https leaves HTTP open", async () => {
  await using scene = await announced({ ...SERVING, tlsRequired: "tcp-https" }, undefined);
  await scene.said.line(/TLS is required/);
  const url = `http://127.0.0.1:${scene.lookupd.httpPort}/ping`;
  assertEquals((await httpGet({ url, limitMs: 10_000, bytesMax: 100 })).body, "OK");
});

for (
  const [name, given, tls, pattern] of [
    ["a server without TLS", {}, TRUSTING, /the TLS handshake failed - .*does it serve TLS\?/],
    [
      "a server it does not trust",
      SERVING,
      {},
      /the TLS handshake failed - .*; name who signed its certificate with --lookupd-tls-root-ca-file/,
    ],
    [
      "a server that wants a certificate",
      VERIFYING,
      TRUSTING,
      /it may want a certificate: see --lookupd-tls-cert/,
    ],
  ] as const
) {
  Deno.test(`LookupPeers says what to do about ${name}`, async () => {
    await using scene = await announced(given, tls);
    const line = await scene.said.line(/connecting again/);
    assertMatch(line, pattern);
    assert(!line.includes("\n"), line);
  });
}

Deno.test("A confined broker reads its TLS files again, and connects with them", async () => {
  const served = new Lines();
  const lookupd = await lookupdWith({ ...VERIFYING }, served);
  const dataPath = await Deno.makeTempDir();
  const authorities = `${dataPath}/ca.crt`;
  try {
    // Some other authority: the certificate of a client, here.
    await Deno.writeTextFile(authorities, pem("client.crt"));
    await using broker = await ConfinedBroker.start(dataPath, [
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      "--lookupd-tls",
      `--lookupd-tls-root-ca-file=${authorities}`,
      `--lookupd-tls-cert=${CERTIFICATES}client.crt`,
      `--lookupd-tls-key=${CERTIFICATES}client.key`,
      "--broadcast-address=127.0.0.1",
      "--broadcast-http-port=99",
    ]);
    await broker.request("/topic/create?topic=t", "POST");
    await served.line(/TCP: refused .*/);
    await Deno.writeTextFile(authorities, pem("ca.crt"));
    broker.thread.reload();
    await served.line(/REGISTER category:topic key:t /);
  } finally {
    await lookupd.stop();
    await Deno.remove(dataPath, { recursive: true });
  }
});
