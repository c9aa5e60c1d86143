// A broker for tests of the HTTP API: real topics, a clock that stands still until it is moved, and a memory of what
// was asked of it.

import { MemoryLog } from "../../src/queue/memory_log.ts";
import type { Clock } from "../../src/base/clock.ts";
import { NSQD_OPTIONS, type Options } from "../../src/options/nsqd_options.ts";
import type { LogLevel } from "../../src/options/option_row.ts";
import { defaultsOf } from "../../src/options/resolve.ts";
import { BodyWatch } from "../../src/http/body_watch.ts";
import { Admission } from "../../src/transport/admission.ts";
import { Refusals } from "../../src/transport/refusals.ts";
import { answer } from "../../src/http/answer.ts";
import type { DrainSwitch, DrainView } from "../../src/http/drain_switch.ts";
import type { DiskSpace, HttpHost } from "../../src/http/host.ts";
import { DurationCounts } from "../../src/base/duration_counts.ts";
import { HttpConsumers } from "../../src/http/http_consumers.ts";
import { GcWatch } from "../../src/base/gc_watch.ts";
import { LoopDelay } from "../../src/base/loop_delay.ts";
import { History } from "../../src/queue/history.ts";
import type { ClientStats } from "../../src/queue/client_stats.ts";
import { Consumer, type Sink } from "../../src/queue/consumer.ts";
import { Topics } from "../../src/queue/topics.ts";
import { logTo } from "../base/kept_log.ts";

/** Friday, 20 November 2026, 12:00 UTC. */
export const START_WALL_MS = Date.UTC(2026, 10, 20, 12);

/** A clock one moves by hand. */
export class TestClock implements Clock {
  elapsedMs = 0;

  nowMs(): number {
    return this.elapsedMs;
  }

  wallMs(): number {
    return START_WALL_MS + this.elapsedMs;
  }
}

/** Remembers what it was told. */
export class TestDrain implements DrainSwitch {
  view: DrainView | undefined;
  readonly calls: string[] = [];

  begin(timeoutMs?: number): void {
    this.calls.push(`begin ${timeoutMs}`);
    const counts = { depth: 3, inFlight: 2, deferred: 1 };
    this.view = { startWallMs: START_WALL_MS, deadlineWallMs: undefined, ...counts };
  }

  callOff(): void {
    this.calls.push("call off");
    this.view = undefined;
  }
}

/** A broker that only has topics. */
export class TestHost implements HttpHost {
  readonly clock = new TestClock();
  readonly lines: string[] = [];
  readonly log = logTo((text, level) => this.lines.push(`${level.toUpperCase()} ${text}`));
  readonly topics: Topics;
  options: Options;
  health = "OK";
  readonly startWallMs = START_WALL_MS;
  readonly tcpPort = 4150;
  readonly httpPort = 4151;
  readonly httpsPort = 4152;
  readonly httpAdmission: Admission;
  readonly refusals = new Refusals(this.clock, this.log);
  readonly bodies: BodyWatch;
  readonly hostname = "here";
  readonly program = "nsqd";
  readonly commandLine = ["nsqd", "--flag"];
  readonly versionLine = "nsqd v0.1.0 (built w/deno)";
  readonly drain = new TestDrain();
  clients: ClientStats[] = [];
  readonly history: History;
  readonly loopDelay = new LoopDelay(() => this.clock.nowMs());
  readonly syncs = new DurationCounts([1, 10]);
  readonly gc = new GcWatch(() => this.clock.nowMs());
  clientCount = 0;
  readonly httpConsumers: HttpConsumers;
  space: DiskSpace = { freeBytes: 5e9, refusal: undefined };
  saveCount = 0;

  constructor(options: Partial<Options> = {}) {
    this.options = { ...defaultsOf(NSQD_OPTIONS), ...options };
    const { maxHttpConnections, maxConnectionsPerAddress, commandTimeout } = this.options;
    this.httpAdmission = new Admission({
      connectionsMax: maxHttpConnections,
      perAddressMax: maxConnectionsPerAddress,
    });
    this.bodies = new BodyWatch(this.clock, this.refusals, commandTimeout);
    const { memQueueSize, maxMsgTimeout, maxReqTimeout } = this.options;
    const isTimed = this.options.e2eProcessingLatencyPercentile.length > 0;
    const settings = {
      memQueueSize,
      maxMsgTimeoutMs: maxMsgTimeout,
      maxReqTimeoutMs: maxReqTimeout,
      latencyWindowMs: isTimed ? this.options.e2eProcessingLatencyWindowTime : 0,
    };
    this.topics = new Topics(settings, {
      schedule: () => queueMicrotask(() => this.topics.settle(this.clock.nowMs())),
      changed() {},
      openLog: () => new MemoryLog(),
      lost() {},
      percent: () => 0,
    });
    this.history = new History(this.topics);
    this.httpConsumers = new HttpConsumers(this.topics, this.clock, {
      seatsMax: this.options.maxHttpConsumers,
      perChannelMax: this.options.maxChannelConsumers,
    });
  }

  /** Takes a sample. */
  sample(): void {
    this.settle();
    for (const _ of this.history.sample(this.clock.nowMs(), this.clock.wallMs()));
  }

  disk(): DiskSpace {
    return this.space;
  }

  producers(): Iterable<ClientStats> {
    return this.clients;
  }

  settle(): void {
    this.topics.settle(this.clock.nowMs());
  }

  metadataSaved(): Promise<void> {
    this.saveCount++;
    return Promise.resolve();
  }

  setLogLevel(logLevel: LogLevel): void {
    this.options = { ...this.options, logLevel };
  }

  setLookupdAddresses(lookupdTcpAddress: readonly string[]): void {
    this.options = { ...this.options, lookupdTcpAddress };
  }

  /** Sends a request, whose body is of announced length, and waits for the reply. */
  ask(method: string, target: string, body?: string): Promise<Response> {
    const bytes = body === undefined ? null : new TextEncoder().encode(body);
    const request = new Request(`http://test${target}`, { method, body: bytes });
    if (bytes !== null) request.headers.set("content-length", String(bytes.length));
    return this.#answer(request, target);
  }

  /** Posts a body of unknown length. */
  askChunked(target: string, body: ReadableStream<Uint8Array>): Promise<Response> {
    const request = new Request(`http://test${target}`, { method: "POST", body });
    request.headers.set("transfer-encoding", "chunked");
    return this.#answer(request, target);
  }

  async #answer(request: Request, target: string): Promise<Response> {
    // A URL object repairs the target; the server sees it as it was sent.
    Object.defineProperty(request, "url", { value: `http://test${target}` });
    return await answer(this, request, () => "127.0.0.1:9999");
  }

  /** Subscribes a client that takes everything it is given. */
  subscribe(topic: string, channel: string, stats: Partial<ClientStats> = {}): Consumer {
    const topicFound = this.topics.topic(topic, this.clock.wallMs());
    const channelFound = this.topics.channel(topicFound, channel);
    const sink = new TakingSink(() => clientStats(stats));
    const consumer = new Consumer(sink, { messageTimeoutMs: 60_000, sampleRate: 0, locality: 2 });
    channelFound.addConsumer(consumer);
    return consumer;
  }
}

class TakingSink implements Sink {
  nextOffset = 0;
  readonly hasRoom = true;

  constructor(readonly describe: () => ClientStats) {}

  send(...[batch, index, , count]: Parameters<Sink["send"]>): number {
    const isLast = index + count === batch.count;
    this.nextOffset = isLast ? batch.bytes.length : batch.offsetOf(index + count);
    return count;
  }

  close(): void {}
}

/** A client that did nothing yet. */
export function clientStats(stats: Partial<ClientStats> = {}): ClientStats {
  return {
    client_id: "worker",
    hostname: "app.example",
    version: "V2",
    remote_address: "127.0.0.1:35848",
    state: 3,
    ready_count: 0,
    in_flight_count: 0,
    message_count: 0,
    finish_count: 0,
    requeue_count: 0,
    connect_ts: START_WALL_MS / 1000,
    sample_rate: 0,
    deflate: false,
    snappy: false,
    user_agent: "demo/1.0",
    topology_zone: "",
    topology_region: "",
    tls: false,
    tls_cipher_suite: "",
    tls_version: "",
    tls_negotiated_protocol: "",
    tls_negotiated_protocol_is_mutual: false,
    ...stats,
  };
}
