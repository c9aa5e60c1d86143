/**
 * A soak: everything clients and operators do to a broker, at once and for a while, then the books are
 * compared. What the actors are is in the other files of this folder; here is who plays, and when.
 *
 *   warm-up ► drained, memory looked at ► the soak ► calm, drained ► books, counters, memory
 */
import { type BrokerProcess, inMib, type Memory } from "./broker_process.ts";
import { ConsumerSeat, type LastSitter, type Seats } from "./consumer_seat.ts";
import { changeChannels, changeTopics, pauseNowAndThen, type Scene } from "./disturbances.ts";
import { answerHeartbeats } from "./heartbeats.ts";
import { Problems, TopicLedger } from "./ledger.ts";
import { sitWithLibrary } from "./library_seat.ts";
import { type Press, publishOverHttp, publishWithLibrary, RawPublisher } from "./publishers.ts";
import { Random, say, sleep } from "./random.ts";
import { StallWatch } from "./stall.ts";
import { checkStats, drained, readStats } from "./stats_check.ts";

const DURABLE = ["soak_a", "soak_b", "soak_c"] as const;
const CHANNELS = ["first", "second"] as const;
const EPHEMERAL = "soak_fleeting#ephemeral";
/** The channel where clients of our library sit beside one by hand. */
const LIBRARY_CHANNEL = "soak_c/second";
/** Messages a second of each of the four publishers. */
const RATE = 600;
const WARM_UP_SECONDS_MAX = 5;
const DRAIN_SECONDS_MAX = 60;
const PROGRESS_MS = 10_000;
const MIB = 1024 * 1024;
/** The memory may grow by this share of the bytes that went through, and by what comes and goes anyway. */
const LEAK_SHARE_MAX = 0.1;
const HEAP_NOISE_BYTES = 8 * MIB;
/**
 * The system's allocator keeps freed pages between those that are in use. Up to 130 MiB more resident than before were
 * measured where it had 48 MiB in use of 180 (`malloc_stats`); `malloc_trim` gave them all back. What our own code leaks
 * shows in the heap, whose bound is narrow.
 */
const RSS_NOISE_BYTES = 192 * MIB;
const NO_MEMORY: Memory = { rssBytes: 0, heapBytes: 0 };

/** How long, and by which chances. */
export interface SoakSettings {
  readonly seconds: number;
  readonly seed: number;
  readonly isTellingProgress: boolean;
}

/** What a soak found. */
export interface SoakResult {
  readonly problems: readonly string[];
  readonly problemCount: number;
  readonly messages: number;
  readonly publishedBytes: number;
  readonly before: Memory;
  readonly after: Memory;
  /** What `after` may be. */
  readonly limit: Memory;
}

/** Soaks a broker. Throws when a client cannot go on or the broker keeps messages for itself. */
export async function soak(broker: BrokerProcess, settings: SoakSettings): Promise<SoakResult> {
  const { seconds, seed } = settings;
  const warmUpSeconds = Math.min(WARM_UP_SECONDS_MAX, seconds / 4);
  // The warm-up is a soak too, with books of its own on other topics.
  const warmUp = new Soak(broker, seed, "warm_");
  await warmUp.run(warmUpSeconds, () => {});
  const main = new Soak(broker, seed + 1, "");
  const before = await broker.idleMemory(NO_MEMORY, 5);
  await main.run(
    seconds - warmUpSeconds,
    settings.isTellingProgress ? (line) => say(line) : () => {},
  );
  const { publishedBytes } = main;
  const limit = memoryLimit(before, publishedBytes);
  return {
    problems: [...warmUp.problems.found, ...main.problems.found],
    problemCount: warmUp.problems.count + main.problems.count,
    messages: warmUp.messageCount + main.messageCount,
    publishedBytes,
    before,
    after: await broker.idleMemory(limit),
    limit,
  };
}

/** A leak of a fifth of what was published is above it, in 10 seconds and in 10 hours. */
function memoryLimit(before: Memory, publishedBytes: number): Memory {
  const leakBytes = LEAK_SHARE_MAX * publishedBytes;
  return {
    rssBytes: before.rssBytes + leakBytes + RSS_NOISE_BYTES,
    heapBytes: before.heapBytes + leakBytes + HEAP_NOISE_BYTES,
  };
}

/** One soak on topics of its own. */
class Soak {
  readonly problems = new Problems();
  readonly #broker: BrokerProcess;
  readonly #seed: number;
  readonly #durable: TopicLedger[];
  readonly #topics: TopicLedger[];
  #actors = 0;

  constructor(broker: BrokerProcess, seed: number, prefix: string) {
    this.#broker = broker;
    this.#seed = seed;
    const ledger = (name: string, index: number) =>
      new TopicLedger(prefix + name, index, !name.endsWith("#ephemeral"), this.problems);
    this.#topics = [...DURABLE, EPHEMERAL].map(ledger);
    this.#durable = this.#topics.filter(({ isComplete }) => isComplete);
  }

  get publishedBytes(): number {
    return this.#topics.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get messageCount(): number {
    return this.#topics.reduce((sum, { count }) => sum + count, 0);
  }

  async run(seconds: number, tell: (line: string) => void): Promise<void> {
    using stalls = new StallWatch();
    const seats = { port: this.#broker.tcpPort, stalls, isCalm: false, isOver: false };
    await this.#createTopics();
    const sitting = this.#seatsAt(seats);
    const everybodySits = Promise.all(sitting.map(({ running }) => running));
    await Promise.race([everybodySits, this.#disturb(seconds, tell)]);
    seats.isCalm = true;
    await Promise.race([everybodySits, drained(this.#broker, this.#topics, DRAIN_SECONDS_MAX)]);
    await this.#compare(sitting.flatMap(({ seat }) => seat ?? []));
    seats.isOver = true;
    await everybodySits;
    await this.#cleanUp();
  }

  async #createTopics(): Promise<void> {
    for (const topic of this.#durable) {
      await this.#broker.post(`/topic/create?topic=${topic.name}`);
      for (const name of CHANNELS) {
        topic.channel(name);
        await this.#broker.post(`/channel/create?topic=${topic.name}&channel=${name}`);
      }
    }
    this.#topics.at(-1)!.channel("only#ephemeral");
  }

  #random(): Random {
    return Random.of(this.#seed, this.#actors++);
  }

  #seatsAt(seats: Seats): { seat?: ConsumerSeat; running: Promise<void> }[] {
    const sitting: { seat?: ConsumerSeat; running: Promise<void> }[] = [];
    for (const topic of this.#topics) {
      for (const channel of topic.channels.values()) {
        for (const place of ["left", "right"]) {
          const name = `${channel.title}-${place}`;
          const seat = new ConsumerSeat(name, channel, this.#random(), seats);
          sitting.push({ seat, running: seat.run() });
        }
        if (!channel.title.endsWith(LIBRARY_CHANNEL)) continue;
        sitting.push({ running: sitWithLibrary(channel, this.#random(), seats) });
      }
    }
    return sitting;
  }

  /** Publishers and operators at work for so long; then all of them are done. */
  async #disturb(seconds: number, tell: (line: string) => void): Promise<void> {
    const press: Press = {
      broker: this.#broker,
      topics: this.#topics,
      rate: RATE,
      isOver: false,
    };
    const scene: Scene = {
      broker: this.#broker,
      topics: this.#durable,
      problems: this.problems,
      isOver: false,
    };
    const progress = setInterval(() => tell(this.#progress()), PROGRESS_MS);
    const working = Promise.all([
      new RawPublisher("publisher-1", press, this.#random()).run(),
      new RawPublisher("publisher-2", press, this.#random()).run(),
      publishWithLibrary(press, this.#random()),
      publishOverHttp(press, this.#random()),
      pauseNowAndThen(scene, this.#random()),
      changeChannels(scene, this.#random()),
      changeTopics(scene, this.#random()),
      answerHeartbeats(scene),
    ]);
    try {
      await Promise.race([working, sleep(seconds * 1000)]);
      press.isOver = scene.isOver = true;
      await working;
    } finally {
      clearInterval(progress);
    }
  }

  #progress(): string {
    const deliveries = this.#topics.flatMap(({ channels }) => [...channels.values()])
      .reduce((sum, channel) => sum + channel.deliveries, 0);
    return `soak: ${this.messageCount} messages, ${inMib(this.publishedBytes)} published, ` +
      `${deliveries} deliveries, ${inMib(this.#broker.rssBytes())} resident, ` +
      `${this.problems.count} problems`;
  }

  async #compare(seats: readonly ConsumerSeat[]): Promise<void> {
    const sitters: LastSitter[] = [];
    for (const seat of seats) sitters.push(await seat.settle());
    await checkStats(this.#broker, this.#durable, sitters);
    for (const topic of this.#durable) {
      for (const channel of topic.channels.values()) channel.checkComplete();
    }
  }

  /** What this soak made is deleted, and nothing else is there. */
  async #cleanUp(): Promise<void> {
    for (const { name } of this.#durable) await this.#broker.post(`/topic/delete?topic=${name}`);
    // Connections dropped a moment ago may not be noticed yet.
    for (let round = 0; round < 50 && (await readStats(this.#broker)).length > 0; round++) {
      await sleep(100);
    }
    const left = (await readStats(this.#broker)).map(({ topic_name }) => topic_name);
    if (left.length > 0) this.problems.add(`topics stay that nobody made or needs: ${left}`);
  }
}
