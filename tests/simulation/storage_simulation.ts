// Several processes one after the other on one simulated disk, from a seed: random steps, each process ended by a stop, a
// kill or a power cut, and after each restart what is there is compared with what must be.

import { assert } from "../../src/base/assert.ts";
import type { Durability, StorageSettings } from "../../src/log/storage_surroundings.ts";
import type { Channel } from "../../src/queue/channel.ts";
import type { Topic } from "../../src/queue/topic.ts";
import { Random } from "../base/random.ts";
import { DATA_PATH, SimulatedDisk } from "../log/simulated_disk.ts";
import type { FakeClient } from "./fake_client.ts";
import { TopicBooks } from "./storage_books.ts";
import { type KnownMessages, StorageLife } from "./storage_life.ts";

const TOPIC_NAMES = ["a", "a", "b"];
const CHANNEL_NAMES = ["x", "y"];
const STEPS_MAX = 60;
const LIVES_MAX = 4;
const CLIENTS_MAX = 4;
const MICROTASKS = 40;
const DRAIN_ROUNDS_MAX = 3000;
const HOUR_MS = 3_600_000;

type Step = (simulation: StorageSimulation) => string | undefined;

const STEP_WEIGHTS: readonly (readonly [number, Step])[] = [
  [20, (simulation) => simulation.publish()],
  [6, (simulation) => simulation.publishDeferred()],
  [6, (simulation) => simulation.subscribe()],
  [2, (simulation) => simulation.leave()],
  [8, (simulation) => simulation.setReady()],
  [24, (simulation) => simulation.answer()],
  [8, (simulation) => simulation.read()],
  [2, (simulation) => simulation.pauseTopic()],
  [2, (simulation) => simulation.pauseChannel()],
  [1, (simulation) => simulation.emptyTopic()],
  [1, (simulation) => simulation.emptyChannel()],
  [1.5, (simulation) => simulation.deleteChannel()],
  [14, (simulation) => simulation.advance()],
  [1.5, (simulation) => simulation.setFaults()],
  [1, (simulation) => simulation.setCapacity()],
];
const WEIGHT_SUM = STEP_WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

/** A machine's life under one seed. */
export class StorageSimulation {
  /** What was done, for the report of a failure. */
  readonly story: string[] = [];
  readonly #random: Random;
  readonly #disk: SimulatedDisk;
  readonly #settings: StorageSettings;
  readonly #time = { nowMs: 1000, wallMs: 1_800_000_000_000 };
  readonly #books = new Map<string, TopicBooks>();
  readonly #known: KnownMessages = { marks: new Map(), nextMark: 1, nextSalt: 0 };
  readonly #mayFail: boolean;
  #life: StorageLife;
  #clientCount = 0;
  #faultsBefore = 0;
  /** See `StorageLife.mayHaveLost`. */
  #mayHaveLost = false;

  constructor(seed: number) {
    const random = this.#random = new Random(seed);
    this.#disk = new SimulatedDisk(random);
    this.#mayFail = random.chance(50);
    this.#settings = {
      dataPath: DATA_PATH,
      durability: random.pick<Durability>(["fsync", "fsync", "async", "async", "memory"])!,
      nodeId: 7,
      maxBytesPerFile: random.pick([300, 1000, 4096, 1e8])!,
      memQueueSize: random.pick([0, 1, 5, 10_000])!,
      syncEvery: random.pick([1, 10, 2500])!,
      syncTimeoutMs: random.pick([1, 20, 2000])!,
      minFreeSpace: random.pick([0, 2000])!,
    };
    this.story.push(JSON.stringify(this.#settings));
    this.#disk.seesLoss = this.#settings.durability === "fsync";
    this.#life = this.#newLife();
  }

  #newLife(): StorageLife {
    this.#faultsBefore = this.#disk.faultCount;
    const disk = this.#disk.boot();
    return new StorageLife(
      this.#settings,
      disk,
      this.#time,
      (topic) => this.#booksOf(topic),
      this.#known,
    );
  }

  #booksOf(topic: string): TopicBooks {
    let books = this.#books.get(topic);
    if (books === undefined) this.#books.set(topic, books = new TopicBooks());
    return books;
  }

  /** Lives it; throws where something is not as it must be. */
  async run(): Promise<void> {
    for (let lives = 1 + this.#random.below(LIVES_MAX); lives > 0; lives--) {
      for (let steps = this.#random.below(STEPS_MAX); steps > 0; steps--) await this.#step();
      await this.#restart(this.#random.below(3));
    }
    await this.#drain();
    await this.#restart(0);
    for (const [name, { now }] of this.#books) {
      for (const [channel, { unfinished }] of now.channels) {
        assert(unfinished.size === 0, `${name} ${channel} is still empty after a stop`);
      }
    }
  }

  async #step(): Promise<void> {
    let left = this.#random.below(WEIGHT_SUM * 10) / 10;
    const row = STEP_WEIGHTS.find(([weight]) => (left -= weight) < 0) ?? STEP_WEIGHTS[0]!;
    const told = row[1](this);
    if (told !== undefined) this.story.push(told);
    if (this.#random.chance(60)) this.#endTurn();
    await this.#flush();
    for (let count = this.#random.below(4); count > 0; count--) await this.#finishOne();
  }

  #endTurn(): void {
    this.story.push("turn");
    this.#life.settle();
    this.#life.check();
    const isWell = this.#disk.faultCount === this.#faultsBefore;
    if (!isWell || this.#settings.durability === "memory") return;
    for (const books of this.#books.values()) books.killSafe = books.snapshot();
  }

  async #flush(): Promise<void> {
    for (let count = 0; count < MICROTASKS; count++) await undefined;
    const { durability } = this.#settings;
    if (this.#disk.hasLost) this.#mayHaveLost = this.#life.mayHaveLost = true;
    // A sync under way may fail, and what is there be written again.
    if (!this.#disk.isSynced || this.#disk.isWaiting || durability === "memory") return;
    // After a failure only what was acknowledged counts: the rest may be about to be written again.
    if (durability === "fsync" && this.#disk.faultCount !== this.#faultsBefore) return;
    for (const books of this.#books.values()) books.synced();
  }

  async #finishOne(): Promise<void> {
    this.#disk.finishOne();
    await this.#flush();
  }

  async #restart(kind: number): Promise<void> {
    const isGraceful = kind === 0;
    const isPowerCut = kind === 2;
    this.story.push(["stop", "kill", "power cut"][kind]!);
    if (isGraceful) await this.#stop();
    else if (isPowerCut) this.#disk.cutPower();
    else this.#disk.kill();
    this.#beWell();
    this.#time.nowMs = this.#random.below(1000);
    const hadFaults = this.#disk.faultCount !== this.#faultsBefore;
    const wallBeforeMs = this.#time.wallMs;
    this.#time.wallMs += this.#random.pick([0, 0, 5, -HOUR_MS, 24 * HOUR_MS])!;
    const numbersBefore = new Map([...this.#books].map(([name, { now }]) => [name, now.next]));
    this.#life = this.#newLife();
    const found = this.#life.restore();
    const { wallMs, nowMs } = this.#time;
    const wallMsMax = Math.max(wallMs, wallBeforeMs);
    // What `memory` loses in a kill nobody can say.
    const isForgotten = this.#settings.durability === "memory" && !isGraceful;
    // Where syncs fail, what was not acknowledged may be lost between the old segment and the new one.
    const isUnwell = this.#settings.durability === "fsync" && hadFaults;
    const isLossy = isPowerCut || isUnwell || this.#disk.isForgetful;
    if (isForgotten || (isPowerCut && this.#disk.hasLied)) this.#mayHaveLost = true;
    this.#life.mayHaveLost = this.#mayHaveLost;
    const restart = {
      isPowerCut,
      isLossy,
      isGraceful,
      // A pause may have been written, and the end of it not: what lies between `safe` and now is known only without faults.
      isExact: isGraceful || (!isLossy && !hadFaults),
      mayHaveLost: this.#mayHaveLost,
      wallMsMax,
      offsetMs: wallMs - nowMs,
    };
    for (const [name, books] of this.#books) {
      const stored = found.get(name);
      if (isForgotten) books.forget();
      books.restarted(stored, restart);
      if (!isForgotten && !isLossy) {
        assert(books.now.next >= numbersBefore.get(name)!, "numbers go on");
      }
      this.#forgetNumbers(name, books);
    }
    this.#disk.isForgetful = false;
    this.#life.check();
    await this.#flush();
  }

  /** What a power cut took, or what was never committed, may have its number used again; what was refused may come. */
  #forgetNumbers(name: string, books: TopicBooks): void {
    for (const key of this.#known.marks.keys()) {
      const [topic, number] = key.split(" ");
      const isFree = Number(number) >= books.now.next && !books.refused.has(Number(number));
      if (topic === name && isFree) this.#known.marks.delete(key);
    }
  }

  async #stop(): Promise<void> {
    this.#beWell();
    // Whatever could not be written is tried again in the next turn.
    this.#life.settle();
    await this.#pass(2000);
    // A sync of which a part had failed before may have ended only now: it is tried again after a pause.
    await this.#pass(2000);
    this.#life.storage.beginClose();
    for (const topic of this.#life.topics.all.values()) topic.close();
    let isClosed = false;
    void this.#life.storage.close().then(() => isClosed = true);
    for (let round = 0; round < 500 && !isClosed; round++) {
      await this.#finishOne();
      if (round % 50 === 49) this.#life.advance(1);
    }
    assert(isClosed, "storage closes");
    this.#disk.kill();
  }

  #beWell(): void {
    this.#disk.faults = { write: 0, read: 0, sync: 0, name: 0 };
    this.#disk.capacity = Infinity;
  }

  /** Time passes with a disk that answers. */
  async #pass(durationMs: number): Promise<void> {
    this.#life.advance(durationMs);
    this.#life.settle();
    await this.#flush();
    for (let round = 0; round < 50 && this.#disk.isWaiting; round++) await this.#finishOne();
    this.#life.settle();
  }

  async #drain(): Promise<void> {
    this.story.push("drain");
    this.#beWell();
    await this.#pass(2000);
    const life = this.#life;
    for (const topic of life.topics.all.values()) {
      if (topic.isPaused) this.#setTopicPaused(topic, false);
      this.#channel(topic, "x");
      for (const channel of topic.channels.values()) {
        if (channel.isPaused) this.#setChannelPaused(topic, channel, false);
        const client = life.subscribe(topic, channel, `drain ${channel.name}`, 1000);
        channel.setReadyCount(client.consumer, 1e9);
      }
    }
    for (let round = 0; this.#left() > 0; round++) {
      assert(round < DRAIN_ROUNDS_MAX, `all is delivered; ${this.#left()} are left`);
      // An hour's jump of the clock is a delay of an hour.
      await this.#pass(round < 50 ? 30 : HOUR_MS);
      for (const client of life.clients) this.#finishAll(client);
      if (this.#mayHaveLost) life.giveUpLost();
    }
    life.settle();
    life.check();
  }

  #left(): number {
    let left = 0;
    for (const { now } of this.#books.values()) {
      left += now.backlog.size;
      for (const { unfinished } of now.channels.values()) left += unfinished.size;
    }
    return left;
  }

  #finishAll(client: FakeClient): void {
    client.read();
    for (const { number } of [...client.consumer.inFlight.messages()]) {
      this.#life.finish(client, number);
    }
  }

  publish(): string {
    const name = this.#random.pick(TOPIC_NAMES)!;
    const count = 1 + this.#random.below(this.#random.pick([1, 1, 12])!);
    const bodyBytes = 4 + this.#random.below(this.#random.chance(3) ? 20_000 : 60);
    this.#life.publish(name, count, bodyBytes, 0);
    return `PUB ${name}, ${count} of ${bodyBytes} bytes`;
  }

  publishDeferred(): string {
    const name = this.#random.pick(TOPIC_NAMES)!;
    const delayMs = 1 + this.#random.below(this.#random.pick([20, 300, 100_000])!);
    this.#life.publish(name, 1, 4 + this.#random.below(40), delayMs);
    return `DPUB ${name} ${delayMs}`;
  }

  subscribe(): string | undefined {
    if (this.#life.clients.length >= CLIENTS_MAX) return undefined;
    const name = this.#random.pick(TOPIC_NAMES)!;
    const topic = this.#life.topics.topic(name, this.#time.wallMs);
    const channel = this.#channel(topic, this.#random.pick(CHANNEL_NAMES)!);
    const clientName = `client ${++this.#clientCount}`;
    const client = this.#life.subscribe(
      topic,
      channel,
      clientName,
      this.#random.pick([1, 8, 1000])!,
    );
    channel.setReadyCount(client.consumer, this.#random.pick([1, 10, 1000])!);
    return `${clientName} SUB ${name} ${channel.name}`;
  }

  #channel(topic: Topic, name: string): Channel {
    const isNew = !topic.channels.has(name);
    const channel = this.#life.topics.channel(topic, name);
    if (isNew) this.#booksOf(topic.name).created(name);
    return channel;
  }

  leave(): string | undefined {
    const client = this.#client();
    if (client !== undefined) this.#life.leave(client);
    return client && `${client.name} leaves`;
  }

  setReady(): string | undefined {
    const client = this.#client();
    const count = this.#random.pick([0, 1, 5, 1000])!;
    client?.channel.setReadyCount(client.consumer, count);
    return client && `${client.name} RDY ${count}`;
  }

  answer(): string | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    const told: string[] = [];
    for (const { number } of [...client.consumer.inFlight.messages()]) {
      if (this.#random.chance(40)) continue;
      const delayMs = this.#random.pick([0, 0, 25, 500, 50_000])!;
      if (this.#random.chance(75)) {
        this.#life.finish(client, number);
        told.push(`FIN ${number}`);
      } else {
        this.#life.requeue(client, number, delayMs);
        told.push(`REQ ${number} ${delayMs}`);
      }
    }
    return `${client.name} ${told.join(", ")}`;
  }

  read(): string | undefined {
    const client = this.#client();
    client?.read();
    return client && `${client.name} reads`;
  }

  pauseTopic(): string | undefined {
    const topic = this.#topic();
    if (topic !== undefined) this.#setTopicPaused(topic, !topic.isPaused);
    return topic && `topic ${topic.name} paused: ${topic.isPaused}`;
  }

  #setTopicPaused(topic: Topic, isPaused: boolean): void {
    this.#life.topics.setTopicPaused(topic, isPaused);
    const books = this.#booksOf(topic.name);
    books.now.isPaused = isPaused;
    books.distribute();
  }

  pauseChannel(): string | undefined {
    const topic = this.#topic();
    const channel = this.#random.pick([...topic?.channels.values() ?? []]);
    if (topic === undefined || channel === undefined) return undefined;
    this.#setChannelPaused(topic, channel, !channel.isPaused);
    return `channel ${topic.name} ${channel.name} paused: ${channel.isPaused}`;
  }

  #setChannelPaused(topic: Topic, channel: Channel, isPaused: boolean): void {
    this.#life.topics.setChannelPaused(topic, channel, isPaused);
    this.#booksOf(topic.name).now.channels.get(channel.name)!.isPaused = isPaused;
  }

  emptyTopic(): string | undefined {
    const topic = this.#topic();
    if (topic === undefined) return undefined;
    topic.empty();
    this.#booksOf(topic.name).now.backlog.clear();
    return `empty ${topic.name}`;
  }

  emptyChannel(): string | undefined {
    const topic = this.#topic();
    const channel = this.#random.pick([...topic?.channels.values() ?? []]);
    if (topic === undefined || channel === undefined) return undefined;
    topic.emptyChannel(channel);
    this.#life.inFlightOf(channel).clear();
    this.#booksOf(topic.name).now.channels.get(channel.name)!.unfinished.clear();
    return `empty ${topic.name} ${channel.name}`;
  }

  deleteChannel(): string | undefined {
    const topic = this.#topic();
    const channel = this.#random.pick([...topic?.channels.values() ?? []]);
    if (topic === undefined || channel === undefined) return undefined;
    this.#life.topics.deleteChannel(topic, channel);
    this.#life.inFlight.delete(channel);
    this.#booksOf(topic.name).now.channels.delete(channel.name);
    return `delete ${topic.name} ${channel.name}`;
  }

  advance(): string {
    const durationMs = this.#random.pick([1, 10, 30, 300, 12_000])!;
    this.#life.advance(durationMs);
    return `advance ${durationMs}`;
  }

  setFaults(): string | undefined {
    if (!this.#mayFail) return undefined;
    const rate = () => this.#random.pick([0, 0, 5, 40])!;
    this.#disk.faults = { write: rate(), read: rate(), sync: rate(), name: rate() };
    return `faults ${JSON.stringify(this.#disk.faults)}`;
  }

  setCapacity(): string | undefined {
    if (!this.#mayFail) return undefined;
    const room = this.#random.pick([0, 50, 500, 5000, Infinity])!;
    this.#disk.capacity = this.#disk.used + room;
    return `room for ${room}`;
  }

  #topic(): Topic | undefined {
    return this.#random.pick([...this.#life.topics.all.values()]);
  }

  #client(): FakeClient | undefined {
    return this.#random.pick(this.#life.clients);
  }
}
