// A broker without a network: real topics, turn and TCP server under a clock that the test moves.

import { MemoryLog } from "../../src/queue/memory_log.ts";
import type { Authority } from "../../src/auth/authority.ts";
import type { PairedClock } from "../../src/base/clock.ts";
import type { Logger } from "../../src/base/logger.ts";
import { Topics } from "../../src/queue/topics.ts";
import { TcpServer } from "../../src/server/tcp_server.ts";
import { Admission } from "../../src/transport/admission.ts";
import { Refusals } from "../../src/transport/refusals.ts";
import type { TlsMaterial } from "../../src/transport/tls_material.ts";
import { Turn } from "../../src/server/turn.ts";
import { logTo } from "../base/kept_log.ts";
import { LIMITS } from "../wire/heard_commands.ts";
import { NEGOTIATION } from "../wire/negotiation.ts";
import { MemoryConnection } from "./memory_connection.ts";

/** The options a test may change. */
export const BROKER_DEFAULTS = {
  memQueueSize: 10_000,
  maxRdyCount: 2500,
  maxReqTimeoutMs: 3_600_000,
  maxDeferTimeoutMs: 3_600_000,
  maxChannelConsumers: 0,
  maxMsgSize: LIMITS.maxMsgSize,
};

/** See `BROKER_DEFAULTS`. */
export type BrokerOptions = typeof BROKER_DEFAULTS;

const WALL_MS_START = 1_800_000_000_000;
/** More than the longest chain of promises between two turns. */
const MICROTASKS = 30;
const TURNS = 3;

class FakeClock implements PairedClock {
  now = 1000;
  nowMs = () => this.now;
  wallMs = () => WALL_MS_START + this.now;
  wallAt = (nowMs: number) => WALL_MS_START + nowMs;
}

/** A broker for tests. */
export class FakeBroker {
  readonly topics: Topics;
  readonly clock = new FakeClock();
  readonly logged: string[] = [];
  readonly refusals = new Refusals(this.clock, this.#logger());
  readonly server: TcpServer;
  readonly #turn: Turn;
  #clientCount = 0;

  constructor(
    options: BrokerOptions = BROKER_DEFAULTS,
    authority?: Authority,
    tls?: TlsMaterial,
    isTlsRequired = false,
  ) {
    const { memQueueSize, maxRdyCount, maxReqTimeoutMs, maxChannelConsumers } = options;
    const { maxMsgTimeoutMs } = NEGOTIATION;
    this.topics = new Topics({ memQueueSize, maxMsgTimeoutMs, latencyWindowMs: 0 }, {
      schedule: () => this.#turn.schedule(),
      changed() {},
      openLog: () => new MemoryLog(),
      lost() {},
      percent: () => 0,
    });
    this.#turn = new Turn(this.clock, (nowMs) => this.topics.settle(nowMs), () => {});
    this.server = new TcpServer([], new Admission({ connectionsMax: 0, perAddressMax: 0 }), {
      settings: {
        limits: { ...LIMITS, maxMsgSize: options.maxMsgSize },
        negotiation: { ...NEGOTIATION, maxRdyCount, isTlsOffered: tls !== undefined },
        nodeId: 7,
        maxReqTimeoutMs,
        maxDeferTimeoutMs: maxReqTimeoutMs,
        maxRdyCount,
        maxChannelConsumers,
        handshakeTimeoutMs: 30_000,
        commandTimeoutMs: 120_000,
        isTlsRequired,
        isTopologyAware: false,
      },
      topics: this.topics,
      clock: this.clock,
      turn: this.#turn,
      log: this.#logger(),
      refusals: this.refusals,
      authority,
      ...tls && { tls },
    });
  }

  #logger(): Logger {
    return { ...logTo((text) => this.logged.push(text)), isEnabled: () => false };
  }

  /** A client connects. */
  connect(): MemoryConnection {
    const connection = new MemoryConnection();
    void this.server.adopt(connection, `10.0.0.${++this.#clientCount}:1000`);
    return connection;
  }

  /** Has what was said read and handled, without the end of the turn. */
  async readAll(): Promise<void> {
    for (let task = 0; task < MICROTASKS; task++) await Promise.resolve();
  }

  /** Lets everything happen that can happen now. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      await this.readAll();
      this.#turn.finish();
    }
    await this.readAll();
  }

  /** Lets time pass, stopping at every deadline on the way. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.clock.now + durationMs;
    while (true) {
      const nextMs = Math.min(this.topics.nextDeadlineMs, this.server.nextDeadlineMs);
      this.clock.now = Math.min(endMs, Math.max(nextMs, this.clock.now));
      this.topics.tick(this.clock.now);
      this.server.tick(this.clock.now);
      await this.settle();
      if (nextMs > endMs) return;
    }
  }
}
