// The broker: puts together what an nsqd consists of, and starts, ticks and stops it. It alone knows the concrete
// classes. It knows nothing of processes: no arguments, no signals, no exit codes (see command_line/nsqd.ts).
//
//   start: lock data path ─► check options ─► bind TCP ─► take over what another nsqd left ─► read logs and nsqd.dat
//          ─► write it ─► bind HTTP ─► serve
//   stop:  close TCP, then HTTP ─► close the logs ─► write nsqd.dat ─► unlock

import type { AuthorityPort } from "./auth/authority_port.ts";
import { Alarm } from "./base/alarm.ts";
import { SystemClock } from "./base/clock.ts";
import type { LogOutput } from "./base/log_output.ts";
import { LoopDelay } from "./base/loop_delay.ts";
import { systemErrorText } from "./base/system_error.ts";
import { systemTimers } from "./base/timers.ts";
import { versionLine } from "./base/version.ts";
import { AUTO, reachableAddress } from "./broadcast_address.ts";
import { BrokerAuthority } from "./broker_authority.ts";
import { BrokerDrain } from "./broker_drain.ts";
import { BrokerFace } from "./broker_face.ts";
import { BrokerHistory } from "./broker_history.ts";
import { HttpListeners, openTcpListeners } from "./broker_listeners.ts";
import { BrokerLookup } from "./broker_lookup.ts";
import {
  sessionSettings,
  storageSettings,
  tcpAdmission,
  topicSettings,
} from "./broker_settings.ts";
import { BrokerStatsd } from "./broker_statsd.ts";
import { type DataPathLock, lockDataPath } from "./log/data_path.ts";
import { clearLeftovers } from "./log/leftovers.ts";
import type { LoadedMetadata } from "./log/metadata.ts";
import { MetadataContentError, MetadataFile } from "./log/metadata_file.ts";
import { RealDisk } from "./log/real_disk.ts";
import { type RestoredTopic, Storage } from "./log/storage.ts";
import { LogSink } from "./log/take_over_sink.ts";
import { takeOver } from "./log/upstream/take_over.ts";
import { LookupPeers } from "./lookup/lookup_peers.ts";
import type { LookupPort } from "./lookup/lookup_port.ts";
import { checkOptions } from "./options/nsqd_checks.ts";
import type { Options } from "./options/nsqd_options.ts";
import { History } from "./queue/history.ts";
import { type TopicChange, Topics } from "./queue/topics.ts";
import { TcpServer } from "./server/tcp_server.ts";
import { Turn } from "./server/turn.ts";
import type { StatsdPort } from "./statsd/statsd_port.ts";
import { UdpSender } from "./statsd/udp_sender.ts";
import { boundText, portOf } from "./transport/listen_address.ts";
import { Refusals } from "./transport/refusals.ts";
import { TlsMaterial } from "./transport/tls_material.ts";

/** How often logs in use are looked after. */
const STORAGE_TICK_MS = 250;

/** What a broker is given. */
export interface BrokerInputs {
  /** Resolved options; see `resolveNsqdOptions`. */
  readonly options: Options;
  readonly log: LogOutput;
  /** The name of this machine. */
  readonly hostname: string;
  /** The words of the process, for /debug/pprof/cmdline. */
  readonly commandLine?: readonly string[];
  /** Asks the auth servers; absent is directly, over HTTP. */
  readonly authorityPort?: AuthorityPort | undefined;
  /** Speaks to the nsqlookupds; absent is directly. */
  readonly lookupPort?: LookupPort | undefined;
  /** Sends to the statsd server; absent is directly. */
  readonly statsdPort?: StatsdPort | undefined;
}

/** The broker cannot start; the message is the whole line to show. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** A running nsqd. */
export class Broker {
  readonly topics: Topics;
  readonly #clock = new SystemClock();
  readonly #options: Options;
  readonly #log: LogOutput;
  readonly #turn: Turn;
  readonly #alarm: Alarm;
  readonly #tcp: TcpServer;
  readonly #metadata: MetadataFile;
  readonly #storage: Storage;
  readonly #lock: DataPathLock;
  readonly #face: BrokerFace;
  readonly #lookup: BrokerLookup;
  readonly #drain: BrokerDrain;
  readonly #tls: TlsMaterial | undefined;
  readonly #authority: BrokerAuthority | undefined;
  readonly #history: History;
  readonly #loopDelay = new LoopDelay(() => this.#clock.nowMs());
  #sampling: BrokerHistory | undefined;
  #statsd: BrokerStatsd | undefined;
  #http: HttpListeners | undefined;
  #health = "OK";
  #isLoading = true;

  private constructor(
    inputs: BrokerInputs,
    lock: DataPathLock,
    listeners: readonly Deno.Listener[],
    tls: TlsMaterial | undefined,
  ) {
    const { options, log } = inputs;
    this.#tls = tls;
    this.#options = options;
    this.#log = log;
    this.#lock = lock;
    this.#turn = new Turn(
      this.#clock,
      (nowMs) => this.topics.settle(nowMs),
      (nowMs) => this.#setAlarm(nowMs),
    );
    this.#alarm = new Alarm(() => this.#tick(), this.#clock);
    this.#storage = this.#openStorage();
    this.topics = new Topics(topicSettings(options), {
      schedule: () => this.#turn.schedule(),
      changed: (change) => this.#changed(change),
      percent: () => Math.floor(Math.random() * 100),
      openLog: (name, first) => this.#storage.open(name, first),
      lost: (topic, channel, number) =>
        log.error(
          `TOPIC(${topic.name}): message ${number} of ${channel.name} cannot be read, lost`,
        ),
    });
    const { lookupPort = new LookupPeers({ log }), hostname } = inputs;
    this.#lookup = new BrokerLookup(lookupPort, this.topics, hostname);
    this.#drain = new BrokerDrain({
      topics: this.topics,
      lookup: this.#lookup,
      log,
      clock: this.#clock,
      timers: systemTimers,
      timeoutMs: options.drainTimeout,
    });
    const refusals = new Refusals(this.#clock, log);
    this.#authority = this.#authorityOf(inputs, refusals);
    this.#tcp = new TcpServer(listeners, tcpAdmission(options), {
      settings: sessionSettings(options),
      topics: this.topics,
      clock: this.#clock,
      turn: this.#turn,
      log,
      refusals,
      ...tls && { tls },
      authority: this.#authority?.authority,
    });
    this.#metadata = this.#metadataFile();
    this.#history = new History(this.topics);
    this.#face = new BrokerFace({
      ...inputs,
      topics: this.topics,
      clock: this.#clock,
      turn: this.#turn,
      tcp: this.#tcp,
      metadata: this.#metadata,
      gate: this.#authority?.gate,
      tcpPort: portOf(listeners[0]!.addr),
      refusals,
      health: () => this.#health,
      lookup: this.#lookup,
      drain: this.#drain,
      history: this.#history,
      loopDelay: this.#loopDelay,
      storage: this.#storage,
    });
  }

  /**
   * Starts a broker.
   * @throws {StartError} with upstream's text
   */
  static async start(given: BrokerInputs): Promise<Broker> {
    const inputs = withBroadcastAddress(given);
    const { options, log } = inputs;
    const lock = instantiating(() => lockDataPath(options.dataPath));
    try {
      instantiating(() => checkOptions(options, Deno.readTextFileSync));
      const tls = instantiating(() => TlsMaterial.load(options, Deno.readTextFileSync));
      log.info(versionLine("nsqd", `deno${Deno.version.deno}`));
      log.info(`ID: ${options.nodeId}`);
      const listeners = await instantiatingLater(openTcpListeners(options));
      const broker = new Broker(inputs, lock, listeners, tls);
      await broker.#open(listeners, inputs.statsdPort ?? directStatsd(log));
      return broker;
    } catch (error) {
      lock.unlock();
      throw error;
    }
  }

  async #open(listeners: readonly Deno.Listener[], statsd: StatsdPort): Promise<void> {
    try {
      this.#clearLeftovers();
      const metadata = this.#loadMetadata();
      await this.#takeOver(metadata);
      this.#restore(metadata);
      await this.#metadata.saveNow().catch(() => {});
      instantiating(() => this.#lookup.readTls(this.#options, Deno.readTextFileSync));
      this.#http = await instantiatingLater(HttpListeners.open(this.#face, this.#tls));
    } catch (error) {
      this.#tcp.close();
      throw error;
    }
    for (const { addr } of listeners) this.#log.info(`TCP: listening on ${boundText(addr)}`);
    for (const line of this.#http.lines) this.#log.info(line);
    void this.#tcp.serve();
    this.#loopDelay.start();
    this.#sampling = new BrokerHistory(this.#history, this.#clock);
    if (this.#options.statsdAddress !== "") this.#statsd = new BrokerStatsd(this.#face, statsd);
    this.#lookup.setServers(this.#face.options);
  }

  /** Reads again the files that may change while it runs; what cannot be used is logged, and the old stays in use. */
  reload(): void {
    this.#log.info("reading files again");
    this.#reread("TLS", "the certificate in use stays", () => {
      if (this.#tls === undefined) return undefined;
      this.#tls.reload();
      return `new connections use the certificate in ${this.#options.tlsCert}`;
    });
    this.#reread("AUTH", "the users read before stay", () => {
      const read = this.#authority?.reload();
      return read === undefined ? undefined : `read ${read}`;
    });
    this.#reread("LOOKUPD", "the TLS files read before stay", () => {
      if (!this.#lookup.readTls(this.#options, Deno.readTextFileSync)) return undefined;
      this.#lookup.setServers(this.#face.options);
      return "new connections use the TLS files as they are now";
    });
  }

  /** `read` says what has changed; nothing where there is nothing of the kind. */
  #reread(kind: string, otherwise: string, read: () => string | undefined): void {
    try {
      const news = read();
      if (news !== undefined) this.#log.info(`${kind}: ${news}`);
    } catch (error) {
      this.#log.error(`${kind}: ${otherwise} - ${systemErrorText(error)}`);
    }
  }

  /** Begins to drain, for as long as the options allow: `drained` resolves, and it is then to be stopped. */
  drain(): void {
    this.#drain.begin();
  }

  /** Resolves when a drain, whoever began it, has come to its end. */
  get drained(): Promise<void> {
    return this.#drain.over;
  }

  /** Stops it; what it keeps is on disk when this resolves. */
  async stop(): Promise<void> {
    this.#alarm.cancel();
    this.#drain.close();
    this.#loopDelay.stop();
    this.#sampling?.stop();
    this.#statsd?.stop();
    this.#face.gc.stop();
    this.#lookup.close();
    this.#tcp.close();
    this.#log.info("TCP: closed");
    this.#face.httpConsumers.close();
    await this.#http?.shutdown();
    this.#log.info("NSQ: closing topics");
    this.#storage.beginClose();
    for (const topic of this.topics.all.values()) topic.close();
    await this.#storage.close();
    await this.#metadata.saveNow().catch(() => {});
    await this.#metadata.close();
    this.#lock.unlock();
  }

  #authorityOf({ options, authorityPort: port }: BrokerInputs, refusals: Refusals) {
    const { readTextFileSync: readTextFile } = Deno;
    const inputs = { options, clock: this.#clock, refusals, port, readTextFile };
    return instantiating(() => BrokerAuthority.of(inputs));
  }

  #openStorage(): Storage {
    return new Storage(storageSettings(this.#options), new RealDisk(), this.#clock, {
      wrote: () => this.#diskIsWell(),
      failed: (text) => this.#diskFailed(text),
      noticed: (text) => this.#log.warn(text),
    });
  }

  #metadataFile(): MetadataFile {
    const signals = {
      writing: (text: string) => this.#log.info(text),
      failed: (text: string) => this.#log.error(text),
    };
    const surroundings = { clock: this.#clock, timers: systemTimers };
    const view = metadataView(this.topics);
    return new MetadataFile(this.#options.dataPath, view, signals, surroundings);
  }

  /** As upstream's, the health speaks of messages alone: nsqd.dat says nothing that the logs do not say. */
  #diskIsWell(): void {
    this.#health = "OK";
  }

  #diskFailed(text: string): void {
    this.#health = `NOK - ${text}`;
    this.#log.error(text);
  }

  /** What kills left takes room and does no harm: where it cannot go it stays. */
  #clearLeftovers(): void {
    try {
      clearLeftovers(new RealDisk(), this.#metadata.path);
    } catch (error) {
      this.#log.warn(systemErrorText(error));
    }
  }

  /** The logs say the same as nsqd.dat: where there are some, a damaged one is no reason not to start. */
  #loadMetadata(): LoadedMetadata {
    try {
      return this.#metadata.load();
    } catch (error) {
      const text = systemErrorText(error);
      if (!(error instanceof MetadataContentError) || !this.#storage.hasTopics) {
        throw new StartError(text, { cause: error });
      }
      const path = this.#metadata.setAside();
      this.#log.error(`${text}; set aside as ${path}, what the logs of the topics say counts`);
      return { topics: [], warnings: [] };
    }
  }

  /** What upstream's nsqd left in the data path becomes ours, before our logs are read. */
  async #takeOver({ topics: metadata }: LoadedMetadata): Promise<void> {
    const { dataPath, nodeId, maxBytesPerFile } = storageSettings(this.#options);
    const disk = new RealDisk();
    const warn = (text: string) => this.#log.warn(`TAKEOVER: ${text}`);
    const log = { info: (text: string) => this.#log.info(`TAKEOVER: ${text}`), warn };
    const wallMs = () => this.#clock.wallMs();
    const common = { disk, dataPath, metadata };
    const sink = new LogSink({ ...common, nodeId, maxBytesPerFile, wallMs, noticed: warn });
    try {
      await takeOver({ ...common, sink, log });
    } catch (error) {
      const reason = systemErrorText(error);
      const text = `failed to take over the files of another nsqd - ${reason}`;
      throw new StartError(text, { cause: error });
    }
  }

  /** What the logs say counts; nsqd.dat adds topics and channels that have none yet. */
  #restore({ topics, warnings }: LoadedMetadata): void {
    for (const warning of warnings) this.#log.warn(warning);
    const known = Map.groupBy(topics, ({ name }) => name);
    const channelsOf = (topic: string) =>
      (known.get(topic) ?? []).flatMap(({ channels }) => channels.map(({ name }) => name));
    const logged = new Map<string, RestoredTopic>();
    for (const restored of this.#storage.restore(channelsOf)) {
      const { name, stored, open } = restored;
      this.topics.restore(name, this.#clock.wallMs(), stored, open);
      logged.set(name, restored);
    }
    for (const metadata of topics) this.#restoreTopic(metadata, logged.get(metadata.name));
    this.#isLoading = false;
  }

  /** Channels whose end the log tells stay deleted: a kill came before nsqd.dat could say so. */
  #restoreTopic(
    { name, paused, channels }: LoadedMetadata["topics"][number],
    logged: RestoredTopic | undefined,
  ): void {
    const topic = this.topics.topic(name, this.#clock.wallMs());
    const isLogPartial = logged?.isIncomplete ?? true;
    if (paused && isLogPartial) this.topics.setTopicPaused(topic, true);
    for (const metadata of channels) {
      if (logged?.deleted.has(metadata.name)) continue;
      const isKnown = topic.channels.has(metadata.name);
      const channel = this.topics.channel(topic, metadata.name);
      if (metadata.paused && (isLogPartial || !isKnown)) {
        this.topics.setChannelPaused(topic, channel, true);
      }
    }
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    this.topics.tick(nowMs);
    this.#tcp.tick(nowMs);
    this.#storage.tick(nowMs);
    this.#setAlarm(nowMs);
  }

  #setAlarm(nowMs: number): void {
    const storageMs = this.#storage.isBusy ? nowMs + STORAGE_TICK_MS : Infinity;
    const nextMs = Math.min(this.topics.nextDeadlineMs, this.#tcp.nextDeadlineMs, storageMs);
    if (nextMs !== Infinity) this.#alarm.set(nextMs, nowMs);
  }

  #changed(change: TopicChange): void {
    const { what, topic, channel } = change;
    const news = channel === undefined
      ? what
      : `${what === "created" ? "new" : what} channel(${channel.name})`;
    this.#log.info(`TOPIC(${topic.name}): ${news}`);
    const isEphemeral = topic.isEphemeral || (channel?.isEphemeral ?? false);
    if (!this.#isLoading && !isEphemeral) this.#metadata.changed();
    this.#lookup.changed(change);
  }
}

/** What nsqd.dat is to say, read anew at each write. */
function metadataView(topics: Topics) {
  return {
    get topics() {
      return [...topics.all.values()].map(({ name, isPaused, channels }) => ({
        name,
        paused: isPaused,
        channels: [...channels.values()].map((channel) => ({
          name: channel.name,
          paused: channel.isPaused,
        })),
      }));
    },
  };
}

/** Runs a step of the start; its failure is worded as upstream does. */
function instantiating<Result>(step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    throw notInstantiated(error);
  }
}

function notInstantiated(cause: unknown): StartError {
  return new StartError(`failed to instantiate nsqd - ${systemErrorText(cause)}`, { cause });
}

/** The same for a step that takes its time. */
async function instantiatingLater<Result>(step: Promise<Result>): Promise<Result> {
  try {
    return await step;
  } catch (error) {
    throw notInstantiated(error);
  }
}

function directStatsd(log: LogOutput): StatsdPort {
  return new UdpSender({ log, nowMs: () => performance.now() });
}

/** With `--broadcast-address=auto` replaced by what it stands for. */
function withBroadcastAddress(inputs: BrokerInputs): BrokerInputs {
  const { options, log, hostname } = inputs;
  if (options.broadcastAddress !== AUTO) return inputs;
  const found = reachableAddress(Deno.networkInterfaces());
  if (found === undefined) log.warn("no address of this machine can be reached by others");
  const broadcastAddress = found?.address ?? hostname;
  log.info(`broadcast address: ${broadcastAddress} (${found?.name ?? "the host name"})`);
  return { ...inputs, options: { ...options, broadcastAddress } };
}
