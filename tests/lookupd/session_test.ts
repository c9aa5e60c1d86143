// A session at times that the test sets, over a connection in memory: who is overdue, and who may be silent.

import { assertEquals } from "@std/assert";
import { bytesOf, byteString } from "../../src/base/byte_string.ts";
import { LoopDelay } from "../../src/base/loop_delay.ts";
import { RareLine } from "../../src/base/rare_line.ts";
import type { LookupdHost } from "../../src/lookupd/host.ts";
import { Registry } from "../../src/lookupd/registry.ts";
import { Session } from "../../src/lookupd/session.ts";
import { NSQLOOKUPD_OPTIONS } from "../../src/options/nsqlookupd_options.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { Admission } from "../../src/transport/admission.ts";
import { Refusals } from "../../src/transport/refusals.ts";
import { SILENT_LOG } from "../base/kept_log.ts";
import { pipePair, readBytes } from "../transport/byte_pipe.ts";

const HANDSHAKE_MS = 10;
const COMMAND_MS = 20;

/** A client and the session that serves it. */
class Scene {
  /** Now, as the session knows it. */
  nowMs = 0;
  readonly refusals: Refusals;
  readonly #session: Session;
  readonly #running: Promise<void>;
  readonly #near;
  readonly #far;
  #sentBytes = 0;

  constructor() {
    [this.#near, this.#far] = pipePair();
    const host = this.#host();
    this.refusals = host.refusals;
    this.#session = new Session(host, this.#far, "client:1");
    this.#running = this.#session.run();
  }

  #host(): LookupdHost {
    const clock = { nowMs: () => this.nowMs, wallMs: () => this.nowMs };
    const admission = new Admission({ connectionsMax: 0, perAddressMax: 0 });
    return {
      registry: new Registry({
        inactiveProducerTimeoutMs: 1,
        tombstoneLifetimeMs: 1,
        entriesMax: 9,
      }),
      clock,
      log: SILENT_LOG,
      complaints: new RareLine(() => {}, clock.nowMs),
      refusals: new Refusals(clock, SILENT_LOG),
      admission,
      httpAdmission: admission,
      loopDelay: new LoopDelay(clock.nowMs),
      reachability: undefined,
      options: {
        ...defaultsOf(NSQLOOKUPD_OPTIONS),
        handshakeTimeout: HANDSHAKE_MS,
        commandTimeout: COMMAND_MS,
        unixSocketMode: "",
      },
      program: "nsqlookupd",
      commandLine: [],
      hostname: "here",
      tcpPort: 0,
      httpPort: 0,
      httpsPort: 0,
      tls: undefined,
    };
  }

  /** Sends this, and lets the session take it: in memory that needs no more than a turn of the event loop. */
  async send(text: string): Promise<void> {
    await this.#near.write(bytesOf(text));
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(this.#far.readBytes, this.#sentBytes += text.length);
  }

  /** Sends PING; the reply. */
  async ping(text = "PING\n"): Promise<string> {
    await this.send(text);
    return byteString(await readBytes(this.#near, 6), 4);
  }

  /** Whether the session still serves the client after so much time. */
  survives(passedMs: number): boolean {
    this.nowMs += passedMs;
    this.#session.tick(this.nowMs);
    return !this.#far.isClosed;
  }

  /** The client leaves; what it was refused. */
  async end(): Promise<unknown> {
    this.#near.close();
    await this.#running;
    return this.refusals.counts;
  }
}

Deno.test("Session waits for ever for a client that has introduced itself and is idle", async () => {
  const scene = new Scene();
  assertEquals(scene.survives(HANDSHAKE_MS - 1), true);
  assertEquals(await scene.ping("  V1PING\n"), "OK");
  for (const passedMs of [HANDSHAKE_MS, COMMAND_MS, 1_000_000]) {
    assertEquals(scene.survives(passedMs), true);
    assertEquals(await scene.ping(), "OK");
  }
  assertEquals(await scene.end(), {});
});

Deno.test("Session hangs up on who does not say the magic in time", async () => {
  for (const beginning of ["", "  V"]) {
    const scene = new Scene();
    await scene.send(beginning);
    assertEquals(scene.survives(HANDSHAKE_MS - 1), true);
    assertEquals(scene.survives(1), false);
    assertEquals(await scene.end(), { handshake_timeout: 1 });
  }
});

Deno.test("Session hangs up on who does not finish a command in time", async () => {
  const scene = new Scene();
  assertEquals(await scene.ping("  V1PING\n"), "OK");
  assertEquals(scene.survives(1_000_000), true);
  await scene.send("PIN");
  assertEquals(scene.survives(COMMAND_MS - 1), true);
  assertEquals(await scene.ping("G\n"), "OK");
  assertEquals(scene.survives(1_000_000), true);
  await scene.send("P");
  assertEquals(scene.survives(COMMAND_MS), false);
  assertEquals(await scene.end(), { command_timeout: 1 });
});
