// Dials nsqd's back at the address they announce: a name that only their container knows is what keeps most first
// clusters from working. Nothing is sent. Knows no registry: the verdict is left at the producer.
// Invariants: one check for each producer at most; a bounded number of dials at once and a second, whoever asks for them.

import type { Clock } from "../base/clock.ts";
import { formatHostPort, type HostPort } from "../base/host_port.ts";
import type { Logger } from "../base/logger.ts";
import { systemErrorText } from "../base/system_error.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { connectedWithin } from "../transport/dial_limit.ts";
import { plainHost } from "../transport/listen_address.ts";
import type { ReachabilityWatch } from "./host.ts";
import type { Producer } from "./producer.ts";

/** Times in ms. */
export interface ReachabilitySettings {
  /** How long a dial may take. */
  readonly dialTimeoutMs: number;
  /** Between a first failure and the second, which counts: an nsqd that is just starting gets a chance. */
  readonly retryMs: number;
  /** After a failure that counted, until the next PING has it looked at again. */
  readonly pauseMs: number;
  readonly atOnceMax: number;
  readonly perSecondMax: number;
}

/** What nsqlookupd uses. */
export const REACHABILITY_SETTINGS: ReachabilitySettings = {
  dialTimeoutMs: 2000,
  retryMs: 3000,
  pauseMs: 60_000,
  atOnceMax: 8,
  perSecondMax: 20,
};

const PORT_MAX = 65535;
/** Addresses that were logged and are not logged again; the oldest are forgotten. */
const TOLD_MAX = 1000;

/** Connects and returns the address that was really connected to. */
export type Dial = (address: HostPort, timeoutMs: number) => Promise<string>;

interface Check {
  failures: number;
  nextMs: number;
  isWaiting: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Keeps `Producer.unreachable` up to date. */
export class Reachability implements ReachabilityWatch {
  readonly #settings: ReachabilitySettings;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #log: Logger;
  readonly #dial: Dial;
  readonly #rate: TokenBucket;
  readonly #checks = new Map<Producer, Check>();
  readonly #queue = new Set<Producer>();
  readonly #told = new Set<string>();
  #underWay = 0;

  constructor(
    settings: ReachabilitySettings,
    clock: Pick<Clock, "nowMs">,
    log: Logger,
    dial: Dial = dialTcp,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = log;
    this.#dial = dial;
    this.#rate = new TokenBucket(settings.perSecondMax);
  }

  watch(producer: Producer): void {
    this.#checks.set(producer, { failures: 0, nextMs: 0, isWaiting: false, timer: undefined });
    this.#enqueue(producer);
  }

  remind(producer: Producer): void {
    const check = this.#checks.get(producer);
    if (check === undefined || check.isWaiting || producer.unreachable === undefined) return;
    if (this.#clock.nowMs() >= check.nextMs) this.#enqueue(producer);
  }

  forget(producer: Producer): void {
    clearTimeout(this.#checks.get(producer)?.timer);
    this.#checks.delete(producer);
    this.#queue.delete(producer);
  }

  /** Ends all checks. */
  close(): void {
    for (const producer of [...this.#checks.keys()]) this.forget(producer);
  }

  #enqueue(producer: Producer): void {
    const check = this.#checks.get(producer);
    if (check === undefined) return;
    check.isWaiting = true;
    this.#queue.add(producer);
    this.#next();
  }

  #next(): void {
    while (this.#underWay < this.#settings.atOnceMax) {
      const [producer] = this.#queue;
      if (producer === undefined) return;
      this.#queue.delete(producer);
      this.#underWay++;
      void this.#look(producer).then(() => {
        this.#underWay--;
        this.#next();
      });
    }
  }

  async #look(producer: Producer): Promise<void> {
    const waitMs = this.#rate.reserve(1, this.#clock.nowMs());
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (!this.#checks.has(producer)) return;
    const failure = await this.#failureOf(producer);
    const check = this.#checks.get(producer);
    if (check === undefined) return;
    check.isWaiting = false;
    if (failure === undefined) return this.#reached(producer, check);
    check.failures++;
    if (check.failures > 1) return this.#missed(producer, check, failure);
    check.isWaiting = true;
    check.timer = setTimeout(() => this.#enqueue(producer), this.#settings.retryMs);
  }

  #reached(producer: Producer, check: Check): void {
    check.failures = 0;
    producer.unreachable = undefined;
    if (this.#told.delete(nodeText(producer))) {
      this.#log.info(`LOOKUP: ${nodeText(producer)} can be reached now`);
    }
  }

  #missed(producer: Producer, check: Check, failure: string): void {
    check.nextMs = this.#clock.nowMs() + this.#settings.pauseMs;
    producer.unreachable = failure;
    const node = nodeText(producer);
    if (this.#told.has(node)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.delete(this.#told.values().next().value!);
    this.#told.add(node);
    this.#log.warn(
      `LOOKUP: the nsqd at ${producer.remoteAddress} announces ${node}, where it cannot be ` +
        `reached - ${failure}; clients will not find it: start it with a --broadcast-address, ` +
        "and broadcast ports, that work from where clients are",
    );
  }

  /** Why clients cannot reach one of the two ports; undefined when they can. */
  async #failureOf({ facts, remoteAddress }: Producer): Promise<string | undefined> {
    const ports = [["TCP", facts.tcp_port], ["HTTP", facts.http_port]] as const;
    for (const [kind, port] of ports) {
      if (port < 1 || port > PORT_MAX) return `${kind} port ${port} is none`;
      const address = { hostname: facts.broadcast_address, port };
      try {
        const reached = await this.#dial(address, this.#settings.dialTimeoutMs);
        if (isLoopback(reached) && !isLoopback(remoteAddress)) {
          return `${address.hostname} leads back to this machine, and the nsqd is on another one`;
        }
      } catch (error) {
        return `${kind} port ${port}: ${systemErrorText(error)}`;
      }
    }
    return undefined;
  }
}

function nodeText({ facts }: Producer): string {
  const { broadcast_address: hostname, tcp_port: port } = facts;
  return `${formatHostPort({ hostname, port })} (HTTP port ${facts.http_port})`;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || address.startsWith("[::1]");
}

/** Connects over TCP and hangs up. */
async function dialTcp(address: HostPort, timeoutMs: number): Promise<string> {
  const connection = await connectedWithin(Deno.connect(address), timeoutMs);
  const { remoteAddr } = connection;
  connection.close();
  return plainHost(remoteAddr.hostname);
}
