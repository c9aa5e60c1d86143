/**
 * Rounds of `kill -9` on one data path: start, see that all that is owed comes, load with changes of channels in
 * the middle, kill. At the end everything is finished and nothing may be left.
 *
 *   topic load:    steady, second   consumed in every round       middle    made in the middle of the first load
 *                  emptied          emptied under load            changing  deleted and made again
 *                  still            paused, read only at the end
 *   topic backlog: no channel until the end      topic passing: deleted and made again under load
 */
import { until } from "../daemons/waiting.ts";
import { Random, say, sleep } from "../soak/random.ts";
import { BrokerOnPath, type ChannelNumbers, type TopicNumbers } from "./broker_on_path.ts";
import { type ChannelBook, Problems, Steps, TopicBook } from "./kill_books.ts";
import { PassingTopic } from "./passing_topic.ts";
import { KillConsumer, type Mood, publish } from "./kill_load.ts";

const PUBLISHERS = 3;
const LOAD_MS_MIN = 150;
const LOAD_MS_MAX = 700;
/** A wait without any progress for so long is given up, ms. */
const STALL_MS = 15_000;
const POLL_MS = 20;

/** One run. */
export interface KillRunInputs {
  readonly dataPath: string;
  readonly flags: readonly string[];
  readonly seed: number;
  readonly rounds: number;
}

/** Makes one run and gives what went wrong, the first lines of it. */
export async function killRun(inputs: KillRunInputs): Promise<readonly string[]> {
  const run = new KillRun(inputs);
  try {
    for (let round = 0; round < inputs.rounds && run.isWell; round++) await run.round();
    if (run.isWell) await run.finish();
  } catch (error) {
    if (run.isWell) throw error;
  }
  say(run.summary);
  return run.problems.lines;
}

class KillRun {
  readonly problems = new Problems();
  readonly #random: Random;
  readonly #inputs: KillRunInputs;
  readonly #steps = new Steps();
  readonly #load = new TopicBook("load", 1, this.#steps, this.problems);
  readonly #backlog = new TopicBook("backlog", 2, this.#steps, this.problems);
  readonly #passing = new PassingTopic(this.problems);
  #round = 0;
  #returned = 0;
  #consumers = new Set<KillConsumer>();
  #under: Promise<void>[] = [];
  #isOver = false;

  constructor(inputs: KillRunInputs) {
    this.#inputs = inputs;
    this.#random = new Random(inputs.seed);
  }

  get isWell(): boolean {
    return this.problems.lines.length === 0;
  }

  async round(): Promise<void> {
    this.#round++;
    await this.#killedAtStart();
    await using broker = await this.#start();
    if (this.#round === 1) await this.#createFirst(broker);
    await this.#verify(broker);
    if (!this.isWell) return;
    for (const consumer of this.#consumers) consumer.mood = "answer";
    this.#under.push(...this.#publishers(broker.tcpPort));
    const changes = this.#change(broker).catch((error) => {
      if (!this.#isOver) this.problems.add(`round ${this.#round}: ${error}`);
    });
    await sleep(this.#random.between(LOAD_MS_MIN, LOAD_MS_MAX));
    await this.#kill(broker);
    await changes;
    this.#noteKill();
  }

  #start(): Promise<BrokerOnPath> {
    this.#isOver = false;
    return BrokerOnPath.start(this.#inputs.dataPath, this.#inputs.flags);
  }

  /** Now and then it is killed before it gets anywhere. */
  async #killedAtStart(): Promise<void> {
    if (this.#round === 1 || !this.#random.chance(25)) return;
    const broker = BrokerOnPath.spawn(this.#inputs.dataPath, this.#inputs.flags);
    await sleep(this.#random.between(50, 500));
    await broker.kill();
  }

  async #kill(broker: BrokerOnPath): Promise<void> {
    this.#isOver = true;
    await broker.kill();
    await Promise.all(this.#under);
    this.#under = [];
  }

  #noteKill(): void {
    const consumers = [...this.#consumers];
    for (const book of this.#books()) {
      book.killed(
        consumers.filter((consumer) => consumer.book === book).flatMap((consumer) =>
          consumer.uncertain
        ),
      );
    }
    this.#consumers.clear();
  }

  #books(): ChannelBook[] {
    return [this.#load, this.#backlog].flatMap(({ channels }) => [...channels.values()]);
  }

  async #createFirst(broker: BrokerOnPath): Promise<void> {
    for (const name of ["load", "backlog"]) await broker.post(`/topic/create?topic=${name}`);
    for (const name of ["steady", "second", "emptied", "changing", "still"]) {
      await this.#create(broker, this.#load.channel(name));
    }
    await broker.post("/channel/pause?topic=load&channel=still");
  }

  async #create(broker: BrokerOnPath, book: ChannelBook): Promise<void> {
    const created = book.creating();
    await broker.post(`/channel/create?topic=${book.topic.name}&channel=${book.name}`);
    created();
  }

  async #consume(broker: BrokerOnPath, book: ChannelBook, mood: Mood): Promise<KillConsumer> {
    const random = Random.of(this.#inputs.seed, this.#random.between(1, 2 ** 30));
    const consumer = await KillConsumer.open(broker.tcpPort, book, random, mood);
    this.#consumers.add(consumer);
    this.#under.push(consumer.confirmOften());
    return consumer;
  }

  #publishers(port: number): Promise<void>[] {
    return Array.from({ length: PUBLISHERS }, (_, index) => {
      const random = Random.of(this.#inputs.seed, 1000 * this.#round + index);
      const topics = [this.#load, this.#load, this.#load, this.#backlog];
      return publish(port, topics, random, () => this.#isOver).catch((error) => {
        if (!this.#isOver) this.problems.add(`a publisher failed: ${error}`);
      });
    });
  }

  /** What happens to channels under load, one thing after the other until the kill. */
  async #change(broker: BrokerOnPath): Promise<void> {
    const pause = () => sleep(this.#random.between(0, 150));
    await Promise.all([this.#changeChannels(broker, pause), this.#renewTopics(broker, pause)]);
  }

  async #renewTopics(broker: BrokerOnPath, pause: () => Promise<void>): Promise<void> {
    await pause();
    while (!this.#isOver) {
      await this.#passing.renew(broker);
      await pause();
    }
  }

  async #changeChannels(broker: BrokerOnPath, pause: () => Promise<void>): Promise<void> {
    await pause();
    const middle = this.#load.channel("middle");
    if (!middle.exists && !this.#isOver) {
      const created = middle.creating();
      await this.#consume(broker, middle, "answer");
      created();
    }
    await pause();
    if (!this.#isOver) await this.#recreate(broker, this.#load.channel("changing"));
    await pause();
    if (!this.#isOver) await this.#empty(broker, this.#load.channel("emptied"));
  }

  async #recreate(broker: BrokerOnPath, book: ChannelBook): Promise<void> {
    if (book.exists) {
      const deleted = book.deleting();
      await broker.post(`/channel/delete?topic=load&channel=${book.name}`);
      deleted();
      if (this.#random.chance(50)) return;
      for (const consumer of this.#consumers) {
        while (consumer.book === book && consumer.isOpen) await sleep(1);
      }
      for (const consumer of this.#consumers) {
        if (consumer.book === book) this.#consumers.delete(consumer);
      }
    }
    await this.#create(broker, book);
    await this.#consume(broker, book, "answer");
  }

  async #empty(broker: BrokerOnPath, book: ChannelBook): Promise<void> {
    const consumers = [...this.#consumers].filter((consumer) => consumer.book === book);
    const emptied = book.emptying();
    for (const consumer of consumers) consumer.isEmptied = true;
    await broker.post(`/channel/empty?topic=load&channel=${book.name}`);
    for (const consumer of consumers) await consumer.confirm();
    emptied();
  }

  /** After a start: the channels are those there must be, and everything owed comes. */
  async #verify(broker: BrokerOnPath): Promise<void> {
    const stats = await broker.stats();
    for (const topic of [this.#load, this.#backlog]) {
      const found = stats.find(({ topic_name }) => topic_name === topic.name);
      if (found !== undefined) this.#checkTopic(topic, found);
      else this.problems.add(`round ${this.#round}: topic ${topic.name} is gone`);
    }
    await this.#passing.check(broker);
    for (const book of this.#load.channels.values()) {
      if (!book.exists || book.name === "still") continue;
      await this.#consume(broker, book, "keep");
      if (book.name === "steady") await this.#consume(broker, book, "keep");
    }
    await this.#arrived(Date.now() + 200);
  }

  #checkTopic(topic: TopicBook, { depth, channels }: TopicNumbers): void {
    for (const book of topic.channels.values()) {
      const found = channels.find(({ channel_name }) => channel_name === book.name);
      const isThere = found !== undefined;
      if ((book.exists ?? isThere) !== isThere) {
        const state = isThere ? "is there again" : "is gone";
        this.problems.add(`round ${this.#round}: channel ${book.name} ${state}`);
      }
      book.exists = isThere;
      if (found && book.name === "still") this.#checkStill(book, found);
    }
    const accepted = topic.messages.filter(({ ackedStep }) => ackedStep < Infinity).length;
    const isRight = topic.channels.size > 0 ||
      (depth >= accepted && depth <= topic.messages.length);
    if (!isRight) {
      const range = `${accepted} to ${topic.messages.length}`;
      this.problems.add(`round ${this.#round}: depth of ${topic.name} is ${depth}, not ${range}`);
    }
  }

  #checkStill(book: ChannelBook, { depth, deferred_count, paused }: ChannelNumbers): void {
    if (!paused) this.problems.add(`round ${this.#round}: channel still is not paused any more`);
    const owed = book.owed(Infinity).size;
    const possible = book.topic.messages.length;
    const found = depth + deferred_count;
    if (found >= owed && found <= possible) return;
    this.problems.add(`round ${this.#round}: still holds ${found}, not ${owed} to ${possible}`);
  }

  /** What the run went through, for people. */
  get summary(): string {
    const books = [this.#load, this.#backlog];
    const count = (topic: TopicBook) =>
      topic.messages.filter(({ ackedStep }) => ackedStep < Infinity).length;
    const accepted = books.reduce((sum, topic) => sum + count(topic), 0);
    const deliveries = this.#books().reduce((sum, book) => sum + book.deliveries, 0);
    return `${this.#round} starts, ${accepted} messages accepted, ${deliveries} deliveries, ` +
      `${this.#returned} owed after kills`;
  }

  /** Waits until everything due by `byMs` has come; what does not is a problem. */
  async #arrived(byMs: number): Promise<void> {
    const books = new Set([...this.#consumers].map(({ book }) => book));
    const all = [...books].map((book) => ({ book, owed: book.owed(byMs) }));
    for (const { owed } of all) this.#returned += owed.size;
    let latest = Infinity;
    let sinceMs = performance.now();
    while (true) {
      const left = all.reduce((sum, { book, owed }) => sum + book.stillOwed(owed), 0);
      if (left === 0) return;
      if (left < latest) sinceMs = performance.now();
      latest = left;
      if (!this.isWell) return;
      if (performance.now() - sinceMs > STALL_MS) break;
      await sleep(POLL_MS);
    }
    for (const { book, owed } of all) {
      if (owed.size === 0) continue;
      const some = [...owed].slice(0, 5).map((number) => book.describe(number)).join("; ");
      this.problems.add(
        `round ${this.#round}: ${owed.size} messages of ${book.topic.name}/${book.name} do not come: ${some}`,
      );
    }
  }

  /** Everything is finished; after a stop and a start nothing is left. */
  async finish(): Promise<void> {
    this.#round++;
    await using broker = await this.#start();
    await this.#verify(broker);
    const last = this.#backlog.channel("last");
    const created = last.creating();
    await this.#consume(broker, last, "finish");
    created();
    last.mayStep = last.mustStep = 0;
    await this.#consume(broker, this.#load.channel("still"), "finish");
    await broker.post("/channel/unpause?topic=load&channel=still");
    for (const consumer of this.#consumers) consumer.mood = "finish";
    await this.#arrived(Infinity);
    await this.#nothingHeld(broker);
    await this.#arrived(Infinity);
    if (!this.isWell) return;
    for (const consumer of this.#consumers) await consumer.confirm();
    await this.#leave();
    await this.#passing.remove(broker);
    this.#checkNothingLeft(await broker.stats());
    await broker.stop();
    await using again = await this.#start();
    this.#checkNothingLeft(await again.stats());
    await again.stop();
    this.#checkFiles();
  }

  /**
   * What was published and not answered may be there, and come later than all that is owed; so may what is due later.
   * Throws with what stays although everybody finishes everything.
   */
  async #nothingHeld(broker: BrokerOnPath): Promise<void> {
    let held: string[] = [];
    await until(async () => {
      const stats = await broker.stats();
      held = heldBy(stats.filter(({ topic_name }) => topic_name !== "passing"));
      return held.length === 0;
    }, () => held.join("; "));
  }

  async #leave(): Promise<void> {
    for (const consumer of this.#consumers) await consumer.leave();
    await Promise.all(this.#under);
  }

  #checkNothingLeft(stats: readonly TopicNumbers[]): void {
    for (const line of heldBy(stats)) this.problems.add(line);
  }

  /** Nobody needs any segment but the last one. */
  #checkFiles(): void {
    for (const { name } of [this.#load, this.#backlog]) {
      const folder = `${this.#inputs.dataPath}/topics/${name}.topic`;
      const segments = [...Deno.readDirSync(folder)].filter((file) => file.name.endsWith(".log"));
      if (segments.length > 1) {
        this.problems.add(`${segments.length} segments of topic ${name} are left`);
      }
    }
  }
}

/** What topics and channels hold, for people; nothing when they are empty. */
function heldBy(stats: readonly TopicNumbers[]): string[] {
  return stats.flatMap(({ topic_name, depth, channels }) => {
    const lines = depth > 0 ? [`${depth} messages are left in topic ${topic_name}`] : [];
    for (const { channel_name, depth, in_flight_count, deferred_count } of channels) {
      if (depth + in_flight_count + deferred_count === 0) continue;
      const counts = `${depth}, ${in_flight_count} in flight, ${deferred_count} deferred`;
      lines.push(`messages are left in channel ${topic_name}/${channel_name}: ${counts}`);
    }
    return lines;
  });
}
