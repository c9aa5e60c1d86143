/**
 * Publishers of a soak: over TCP by hand (pipelined, cut off at times, in the middle of a command too),
 * with the client library, and over HTTP. Each keeps to a rate and books every body and its fate.
 */
import { bytesOf } from "../../src/base/byte_string.ts";
import {
  deferredCommand,
  publishAllCommand,
  publishCommand,
} from "../../src/client/command_bytes.ts";
import { Producer } from "../../src/client/producer.ts";
import { BODY_BYTES_MAX, HEADER_BYTES_MAX } from "./bodies.ts";
import type { BrokerProcess } from "./broker_process.ts";
import type { fates, TopicLedger } from "./ledger.ts";
import { type Random, sleep } from "./random.ts";
import { RawConnection } from "./raw_connection.ts";

const STEP_MS = 20;
const DEFER_MS_MAX = 1500;

/** What all publishers share. */
export interface Press {
  readonly broker: BrokerProcess;
  readonly topics: readonly TopicLedger[];
  /** Messages a second of each publisher. */
  readonly rate: number;
  isOver: boolean;
}

/** Bodies are mostly small, by bytes mostly large. */
function bodyLength(random: Random): number {
  const kind = random.between(1, 100);
  if (kind <= 55) return random.between(HEADER_BYTES_MAX, 250);
  if (kind <= 93) return random.between(250, 8_000);
  return random.between(8_000, BODY_BYTES_MAX);
}

/** New messages of a topic, one behind the other. */
interface Bundle {
  readonly topic: TopicLedger;
  readonly first: number;
  readonly bodies: Uint8Array<ArrayBuffer>[];
}

function bundleOf(topic: TopicLedger, count: number, random: Random): Bundle {
  const first = topic.count;
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  for (let made = 0; made < count; made++) bodies.push(topic.create(bodyLength(random)).body);
  return { topic, first, bodies };
}

function settle({ topic, first, bodies }: Bundle, fate: keyof typeof fates): void {
  topic.settle(first, bodies.length, fate);
}

/** Calls `publish`, which says how many messages it made, so often that the rate is kept. */
async function atRate(press: Press, publish: () => Promise<number> | number): Promise<void> {
  const startMs = performance.now();
  let made = 0;
  while (!press.isOver) {
    const due = (performance.now() - startMs) / 1000 * press.rate;
    // A process that stood still does not make up for it in one burst.
    if (due - made > press.rate) made = due - press.rate;
    while (made < due && !press.isOver) made += await publish();
    await sleep(STEP_MS);
  }
}

/** A publisher that speaks the protocol itself. */
export class RawPublisher {
  readonly #press: Press;
  readonly #random: Random;
  readonly #name: string;
  #connection: RawConnection | undefined;
  readonly #open = new Set<Bundle>();

  constructor(name: string, press: Press, random: Random) {
    this.#name = name;
    this.#press = press;
    this.#random = random;
  }

  /** Publishes until all is over, and waits for the last replies. */
  async run(): Promise<void> {
    await atRate(this.#press, () => this.#publish());
    while (this.#open.size > 0) await sleep(STEP_MS);
    await this.#connection?.drop();
  }

  async #publish(): Promise<number> {
    const random = this.#random;
    this.#connection ??= await this.#connect();
    const topic = random.pick(this.#press.topics);
    const kind = random.between(1, 1000);
    if (kind <= 3) return await this.#leave(topic);
    const bundle = bundleOf(topic, kind <= 100 ? random.between(2, 60) : 1, random);
    this.#open.add(bundle);
    const reply = this.#connection.request(this.#command(bundle, kind));
    const done = reply.then((text) => {
      if (text !== "OK") topic.problems.add(`publishing to ${topic.name} was answered ${text}`);
      settle(bundle, "accepted");
    }, () => settle(bundle, "unknown"));
    done.finally(() => this.#open.delete(bundle));
    while (this.#open.size > 200) await sleep(STEP_MS);
    return bundle.bodies.length;
  }

  #connect(): Promise<RawConnection> {
    const { problems } = this.#press.topics[0]!;
    return RawConnection.open(this.#press.broker.tcpPort, {
      client_id: this.#name,
      feature_negotiation: true,
    }, { onCut: (reason) => problems.add(`${this.#name} was cut off: ${reason}`) });
  }

  #command({ topic, first, bodies }: Bundle, kind: number): Uint8Array {
    const [body] = bodies;
    if (bodies.length > 1) return publishAllCommand(topic.name, bodies);
    if (kind > 150) return publishCommand(topic.name, body!);
    const delayMs = this.#random.between(0, DEFER_MS_MAX);
    topic.defer(first, performance.now() + delayMs);
    return deferredCommand(topic.name, delayMs, body!);
  }

  /** Away; what was not acknowledged may have been taken or not, but never a part of it. */
  async #leave(topic: TopicLedger): Promise<number> {
    const connection = this.#connection!;
    this.#connection = undefined;
    const bundle = bundleOf(topic, this.#random.between(1, 5), this.#random);
    settle(bundle, "neverSent");
    const command = publishAllCommand(topic.name, bundle.bodies);
    const cut = this.#random.between(1, command.length - 1);
    await connection.drop(this.#random.chance(70) ? command.subarray(0, cut) : bytesOf("DPUB x"));
    return bundle.bodies.length;
  }
}

/** Publishes with our own client library. */
export async function publishWithLibrary(press: Press, random: Random): Promise<void> {
  const producer = new Producer({ address: press.broker.tcpAddress });
  await atRate(press, async () => {
    const kind = random.between(1, 100);
    const topic = random.pick(press.topics);
    const bundle = bundleOf(topic, kind <= 20 ? random.between(2, 30) : 1, random);
    const [body] = bundle.bodies;
    if (bundle.bodies.length > 1) await producer.publishAll(topic.name, bundle.bodies);
    else if (kind > 25) await producer.publish(topic.name, body!);
    else {
      const delayMs = random.between(0, DEFER_MS_MAX);
      topic.defer(bundle.first, performance.now() + delayMs);
      await producer.publishDeferred(topic.name, delayMs, body!);
    }
    settle(bundle, "accepted");
    return bundle.bodies.length;
  });
  await producer.close();
}

/** Publishes over HTTP. */
export async function publishOverHttp(press: Press, random: Random): Promise<void> {
  const { broker } = press;
  await atRate(press, async () => {
    const kind = random.between(1, 100);
    const topic = random.pick(press.topics);
    const bundle = bundleOf(topic, kind <= 30 ? random.between(2, 40) : 1, random);
    const { bodies, first } = bundle;
    const query = `topic=${encodeURIComponent(topic.name)}`;
    if (kind <= 15) await broker.post(`/mpub?${query}`, joinedLines(bodies));
    else if (kind <= 30) {
      const command = publishAllCommand("t", bodies);
      await broker.post(`/mpub?${query}&binary=true`, command.slice("MPUB t\n".length + 4));
    } else if (kind > 35) await broker.post(`/pub?${query}`, bodies[0]!);
    else {
      const delayMs = random.between(0, DEFER_MS_MAX);
      topic.defer(first, performance.now() + delayMs);
      await broker.post(`/pub?${query}&defer=${delayMs}`, bodies[0]!);
    }
    settle(bundle, "accepted");
    return bodies.length;
  });
}

function joinedLines(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bodies.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const body of bodies) {
    bytes.set(body, at);
    at += body.length;
    bytes[at++] = 10;
  }
  return bytes;
}
