// Draining: a broker that is to go leaves the lookup servers and refuses messages, and goes on delivering those it has until
// there are none, or until a deadline. It ends nothing itself: who runs the broker waits for `over`.
// Invariant: what was accepted is delivered or still there when `over` resolves.

import type { Clock } from "./base/clock.ts";
import { formatGoDuration } from "./base/go_duration.ts";
import type { Logger } from "./base/logger.ts";
import type { Timers } from "./base/timers.ts";
import type { BrokerLookup } from "./broker_lookup.ts";
import type { DrainSwitch, DrainView } from "./http/drain_switch.ts";
import type { Topics } from "./queue/topics.ts";

/** How often it is looked whether anything is left; what was accepted a moment ago counts by then. */
const LOOK_MS = 100;
/** Between two lines that say how much is left. */
const LINE_PAUSE_MS = 10_000;
const REFUSAL = "this nsqd is draining: publish to another one";

/** What draining needs of a broker. */
export interface DrainInputs {
  readonly topics: Topics;
  readonly lookup: Pick<BrokerLookup, "leave" | "comeBack">;
  readonly log: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long it may take unless somebody says otherwise, ms; 0 is for ever. */
  readonly timeoutMs: number;
}

/** Messages that a broker still has. */
interface Left {
  readonly depth: number;
  readonly inFlight: number;
  readonly deferred: number;
}

interface Drain {
  readonly startWallMs: number;
  readonly deadlineMs: number;
  lineMs: number;
}

/** The drain of a broker, under way or not. */
export class BrokerDrain implements DrainSwitch {
  /** Resolves when a drain has come to its end: nothing is left, or its time is over. */
  readonly over: Promise<void>;
  readonly #inputs: DrainInputs;
  readonly #resolve: () => void;
  #drain: Drain | undefined;
  #cancel = () => {};

  constructor(inputs: DrainInputs) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#resolve = resolve;
    this.#inputs = inputs;
  }

  get view(): DrainView | undefined {
    if (this.#drain === undefined) return undefined;
    const { startWallMs, deadlineMs } = this.#drain;
    const leftMs = deadlineMs - this.#inputs.clock.nowMs();
    const deadlineWallMs = leftMs === Infinity ? undefined : this.#inputs.clock.wallMs() + leftMs;
    return { startWallMs, deadlineWallMs, ...this.#left() };
  }

  begin(timeoutMs = this.#inputs.timeoutMs): void {
    const { topics, lookup, log, clock } = this.#inputs;
    const nowMs = clock.nowMs();
    const deadlineMs = timeoutMs > 0 ? nowMs + timeoutMs : Infinity;
    const startWallMs = this.#drain?.startWallMs ?? clock.wallMs();
    this.#drain = { startWallMs, deadlineMs, lineMs: nowMs + LINE_PAUSE_MS };
    topics.publishingRefusal = REFUSAL;
    lookup.leave();
    const limit = timeoutMs > 0 ? `at most ${formatGoDuration(timeoutMs)}` : "no limit";
    log.info(
      `DRAIN: publishing is refused, the lookup servers are left; ${
        textOf(this.#left())
      }, ${limit}`,
    );
    this.#lookLater();
  }

  callOff(): void {
    if (this.#drain === undefined) return;
    this.close();
    this.#drain = undefined;
    const { topics, lookup, log } = this.#inputs;
    topics.publishingRefusal = undefined;
    lookup.comeBack();
    log.info("DRAIN: called off, messages are accepted again");
  }

  /** Looks no more. */
  close(): void {
    this.#cancel();
  }

  #lookLater(): void {
    this.#cancel();
    this.#cancel = this.#inputs.timers.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const drain = this.#drain!;
    const { log, clock } = this.#inputs;
    const left = this.#left();
    const nowMs = clock.nowMs();
    if (left.depth + left.inFlight + left.deferred === 0) {
      log.info("DRAIN: nothing is left, stopping");
      return this.#resolve();
    }
    if (nowMs >= drain.deadlineMs) {
      log.warn(`DRAIN: the time is over, stopping; kept for the next start: ${textOf(left)}`);
      return this.#resolve();
    }
    if (nowMs >= drain.lineMs) {
      drain.lineMs = nowMs + LINE_PAUSE_MS;
      log.info(`DRAIN: ${textOf(left)}`);
    }
    this.#lookLater();
  }

  #left(): Left {
    let [depth, inFlight, deferred] = [0, 0, 0];
    for (const topic of this.#inputs.topics.all.values()) {
      depth += topic.depth;
      for (const channel of topic.channels.values()) {
        depth += channel.depth;
        inFlight += channel.inFlightCount;
        deferred += channel.deferredCount;
      }
    }
    return { depth, inFlight, deferred };
  }
}

function textOf({ depth, inFlight, deferred }: Left): string {
  return `depth ${depth}, in flight ${inFlight}, deferred ${deferred}`;
}
