// The broker: puts together what an nsqd consists of, and starts, ticks and stops it. It alone knows the concrete
// classes. It knows nothing of processes: no arguments, no signals, no exit codes (see nsqd.ts).
//
//   start: lock data path ─► check options ─► bind ─► load nsqd.dat ─► write it ─► serve
//   stop:  close TCP and HTTP ─► write nsqd.dat ─► unlock

import { Alarm } from "./base/alarm.ts";
import { type Clock, SystemClock } from "./base/clock.ts";
import { formatHostPort, parseHostPort } from "./base/host_port.ts";
import { VERSION } from "./base/version.ts";
import type { Logger } from "./base/logger.ts";
import { checkOptions } from "./options/nsqd_checks.ts";
import type { Options } from "./options/nsqd_options.ts";
import { OptionError } from "./options/option_error.ts";
import { type TopicChange, Topics } from "./queue/topics.ts";
import { sessionSettings, topicSettings } from "./broker_settings.ts";
import { listenTcp, TcpServer } from "./server/tcp_server.ts";
import { Turn } from "./server/turn.ts";

/** What a broker is given. */
export interface BrokerInputs {
  /** Resolved options; see `resolveNsqdOptions`. */
  options: Options;
  log: Logger;
  hostname: string;
}

/** A running nsqd. */
export class Broker {
  readonly topics: Topics;
  readonly clock: Clock = new SystemClock();
  readonly options: Options;
  readonly log: Logger;
  readonly #turn: Turn;
  readonly #alarm: Alarm;
  readonly #tcp: TcpServer;

  private constructor(inputs: BrokerInputs, listener: Deno.TcpListener) {
    const { options } = inputs;
    this.options = options;
    this.log = inputs.log;
    this.#turn = new Turn(this.clock, (nowMs) => this.topics.settle(nowMs), () => this.#setAlarm());
    this.#alarm = new Alarm(() => this.#tick());
    this.topics = new Topics(topicSettings(options), {
      schedule: () => this.#turn.schedule(),
      changed: (change) => this.#changed(change),
      percent: () => Math.floor(Math.random() * 100),
    });
    this.#tcp = new TcpServer(listener, {
      settings: sessionSettings(options),
      topics: this.topics,
      clock: this.clock,
      turn: this.#turn,
      log: this.log,
    });
  }

  /**
   * Starts a broker.
   * @throws {OptionError} with upstream's text and exit code when it cannot start
   */
  static async start(inputs: BrokerInputs): Promise<Broker> {
    const { options, log } = inputs;
    checkOptions(options, Deno.readTextFileSync);
    log.info(`nsqd v${VERSION} (built w/deno${Deno.version.deno})`);
    log.info(`ID: ${options.nodeId}`);
    const listener = listen(options.tcpAddress);
    const broker = new Broker(inputs, listener);
    log.info(`TCP: listening on ${formatHostPort(listener.addr)}`);
    void broker.#tcp.serve();
    await Promise.resolve();
    return broker;
  }

  /** Stops it; what it kept is on disk when this resolves. */
  async stop(): Promise<void> {
    this.#tcp.close();
    this.#alarm.cancel();
    await Promise.resolve();
  }

  #tick(): void {
    const nowMs = this.clock.nowMs();
    this.topics.tick(nowMs);
    this.#tcp.tick(nowMs);
    this.#setAlarm();
  }

  #setAlarm(): void {
    const nextMs = Math.min(this.topics.nextDeadlineMs, this.#tcp.nextDeadlineMs);
    if (nextMs !== Infinity) this.#alarm.set(nextMs, this.clock.nowMs());
  }

  #changed({ what, topic, channel }: TopicChange): void {
    if (channel === undefined) this.log.info(`TOPIC(${topic.name}): ${what}`);
    else {this.log.info(
        `TOPIC(${topic.name}): ${what === "created" ? "new" : what} channel(${channel.name})`,
      );}
  }
}

function listen(address: string): Deno.TcpListener {
  const parsed = parseHostPort(address);
  if (parsed === undefined) {
    const text =
      `listen (${address}) failed - write host:port; unix sockets come with a later version`;
    throw new OptionError(`failed to instantiate nsqd - ${text}`, 1);
  }
  try {
    return listenTcp(parsed.hostname || "0.0.0.0", parsed.port);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionError(`failed to instantiate nsqd - listen (${address}) failed - ${reason}`, 1);
  }
}
