// One life of a broker, from a seed: random steps, the invariants after each turn, and at the end everything is drained.

import { assert } from "../../src/base/assert.ts";
import type { Refusal } from "../../src/queue/channel.ts";
import type { Locality } from "../../src/queue/consumer.ts";
import type { Topic } from "../../src/queue/topic.ts";
import { Random } from "../base/random.ts";
import type { FakeClient } from "./fake_client.ts";
import { checkInvariants } from "./invariants.ts";
import type { ModelChannel } from "./model_channel.ts";
import { World } from "./world.ts";

const TOPIC_NAMES = ["a", "a", "b", "c#ephemeral"];
const CHANNEL_NAMES = ["x", "y", "sampled", "z#ephemeral"];
const STEPS = 140;
const CLIENTS_MAX = 6;
const DRAIN_ROUNDS_MAX = 2000;
const TIMEOUT_MS_MAX = 150;

type Step = (simulation: Simulation) => string | undefined;

/** How often each step is taken, of the sum of all. */
const STEP_WEIGHTS: readonly (readonly [number, Step])[] = [
  [20, (simulation) => simulation.publish()],
  [12, (simulation) => simulation.publishMany()],
  [6, (simulation) => simulation.publishDeferred()],
  [7, (simulation) => simulation.subscribe()],
  [3, (simulation) => simulation.leave()],
  [12, (simulation) => simulation.setReady()],
  [30, (simulation) => simulation.answer()],
  [6, (simulation) => simulation.finishMost()],
  [10, (simulation) => simulation.read()],
  [0.7, (simulation) => simulation.burst()],
  [3, (simulation) => simulation.pauseTopic()],
  [3, (simulation) => simulation.pauseChannel()],
  [1, (simulation) => simulation.emptyTopic()],
  [1, (simulation) => simulation.emptyChannel()],
  [1, (simulation) => simulation.createChannel()],
  [1, (simulation) => simulation.deleteChannel()],
  [0.5, (simulation) => simulation.deleteTopic()],
  [16, (simulation) => simulation.advance()],
];
const WEIGHT_SUM = STEP_WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

/** A broker's life under one seed. */
export class Simulation {
  /** What was done, for the report of a failure. */
  readonly story: string[] = [];
  readonly #random: Random;
  readonly #world: World;
  #clientCount = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const memQueueSize = this.#random.pick([0, 1, 3, 20, 10_000])!;
    this.story.push(`memQueueSize ${memQueueSize}`);
    this.#world = new World({ memQueueSize, maxMsgTimeoutMs: TIMEOUT_MS_MAX }, this.#random);
  }

  /** Lives it; throws where an invariant breaks. */
  run(): void {
    for (let step = 0; step < STEPS; step++) {
      const told = this.#step()(this);
      if (told !== undefined) this.story.push(told);
      // A turn may hold several steps.
      if (this.#random.chance(60)) this.#endTurn(step % 8 === 0);
    }
    this.#endTurn(true);
    this.#drain();
  }

  #step(): Step {
    let left = this.#random.below(WEIGHT_SUM * 10) / 10;
    for (const [weight, step] of STEP_WEIGHTS) {
      left -= weight;
      if (left < 0) return step;
    }
    return STEP_WEIGHTS[0]![1];
  }

  #endTurn(isThorough: boolean): void {
    this.story.push("turn");
    this.#world.settle();
    checkInvariants(this.#world, isThorough);
  }

  publish(): string {
    const topic = this.#topicForUse();
    this.#world.publish(topic, 1, 4 + this.#random.below(20));
    return `PUB ${topic.name}`;
  }

  publishMany(): string {
    const topic = this.#topicForUse();
    const count = 2 + this.#random.below(40);
    const bodyBytes = this.#bodyBytes(count);
    this.#world.publish(topic, count, bodyBytes);
    return `MPUB ${topic.name}, ${count} of ${bodyBytes} bytes`;
  }

  /** Rarely large enough for a batch of its own, or for several. */
  #bodyBytes(count: number): number {
    const dice = this.#random.below(400);
    if (dice === 0) return Math.ceil((300 * 1024) / count);
    if (dice < 8) return Math.ceil((17 * 1024) / count);
    return 4 + this.#random.below(20);
  }

  publishDeferred(): string {
    const topic = this.#topicForUse();
    const delayMs = this.#random.below(80);
    this.#world.publishDeferred(topic, delayMs);
    return `DPUB ${topic.name} ${delayMs}`;
  }

  subscribe(): string | undefined {
    if (this.#world.clients.length >= CLIENTS_MAX) return undefined;
    const topic = this.#topicForUse();
    const channel = this.#world.channel(topic, this.#random.pick(CHANNEL_NAMES)!);
    const isSampling = this.#world.isSampled(topic.name, channel.name) && this.#random.chance(60);
    const client = this.#world.subscribe(topic, channel, {
      name: `client ${++this.#clientCount}`,
      roomMax: this.#random.pick([1, 5, 30, 1000])!,
      messageTimeoutMs: 10 + this.#random.below(90),
      sampleRate: isSampling ? 50 : 0,
      locality: this.#random.below(3) as Locality,
    });
    return `${client.name} SUB ${topic.name} ${channel.name}`;
  }

  leave(): string | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    this.#world.leave(client);
    return `${client.name} leaves`;
  }

  setReady(): string | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    const count = this.#random.pick([0, 1, 2, 10, 100, 1000])!;
    client.channel.setReadyCount(client.consumer, count);
    return `${client.name} RDY ${count}`;
  }

  answer(): string | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    const told: string[] = [];
    for (let left = 1 + this.#random.below(5); left > 0; left--) told.push(this.#answerOne(client));
    return told.join(", ");
  }

  #answerOne(client: FakeClient): string {
    const message = this.#anyMessage(client);
    switch (this.#random.below(6)) {
      case 0:
        return this.#requeue(client, message, 0);
      case 1:
        return this.#requeue(client, message, 1 + this.#random.below(60));
      case 2:
        return this.#touch(client, message);
      default:
        return this.#finish(client, message);
    }
  }

  /** Mostly one of its own, else another's, one that is not in flight, or one that never was. */
  #anyMessage(client: FakeClient): number {
    const { inFlight, requeued, deferred } = this.#world.modelChannel(client.topic, client.channel);
    const own = [...inFlight].filter(([, handed]) => handed.client === client);
    if (own.length > 0 && this.#random.chance(80)) return this.#random.pick(own)![0];
    const others = [...inFlight.keys(), ...requeued, ...deferred.keys()];
    return this.#random.pick(others) ?? this.#random.below(50);
  }

  #finish(client: FakeClient, message: number): string {
    const { channel, consumer } = client;
    return this.#acknowledge(client, message, `FIN ${message}`, {
      send: (number) => channel.finish(consumer, number, this.#world.nowMs, 0),
      note: (model) => model.finish(message),
    });
  }

  #requeue(client: FakeClient, message: number, delayMs: number): string {
    const { channel, consumer } = client;
    return this.#acknowledge(client, message, `REQ ${message} ${delayMs}`, {
      send: (number) => channel.requeue(consumer, number, delayMs, this.#world.nowMs),
      note: (model) => model.requeue(message, delayMs, this.#world.nowMs),
    });
  }

  #touch(client: FakeClient, message: number): string {
    const { channel, consumer } = client;
    return this.#acknowledge(client, message, `TOUCH ${message}`, {
      send: (number) => channel.touch(consumer, number, this.#world.nowMs),
      note: (model) => model.touch(message, this.#world.nowMs),
    });
  }

  /** The channel refuses what the model refuses, and nothing else. */
  #acknowledge(
    client: FakeClient,
    message: number,
    command: string,
    { send, note }: {
      send: (number: number) => Refusal | undefined;
      note: (model: ModelChannel) => void;
    },
  ): string {
    const { topic, channel, name } = client;
    const model = this.#world.modelChannel(topic, channel);
    const expected = model.refusal(client, message);
    const refusal = send(this.#world.numberOf(topic, message));
    assert(refusal === expected, `${command} of ${name}: ${expected}, not ${refusal}`);
    if (refusal === undefined) note(model);
    return `${name} ${command} ${refusal ?? ""}`;
  }

  /** Leaves stragglers behind, here and there. */
  finishMost(): string | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    const { inFlight } = this.#world.modelChannel(client.topic, client.channel);
    const share = this.#random.pick([50, 90, 95, 100])!;
    const own = [...inFlight].filter(([, handed]) => handed.client === client);
    if (this.#random.chance(30)) own.reverse();
    for (const [message] of own) if (this.#random.chance(share)) this.#finish(client, message);
    return `${client.name} FINs ${share} % of ${own.length}`;
  }

  /** Nothing of the first third, all of the second, nearly all of the last. Says how many. */
  #finishLater(client: FakeClient): number {
    const { inFlight } = this.#world.modelChannel(client.topic, client.channel);
    const own = [...inFlight].filter(([, handed]) => handed.client === client);
    let count = 0;
    for (const [index, [message]] of own.entries()) {
      const share = [0, 100, 93][Math.floor((3 * index) / own.length)]!;
      if (!this.#random.chance(share)) continue;
      this.#finish(client, message);
      count++;
    }
    return count;
  }

  read(): string | undefined {
    const client = this.#client();
    client?.read();
    return client && `${client.name} reads`;
  }

  /** Many small batches in flight to one client, of which it finishes the later ones: its memory is tidied. */
  burst(): string | undefined {
    const client = this.#client();
    if (client === undefined) return undefined;
    client.channel.setReadyCount(client.consumer, 1000);
    for (let batch = 0; batch < 40; batch++) {
      this.#world.publish(client.topic, 2 + this.#random.below(18), 4);
      client.read();
      this.#endTurn(false);
      if (this.#random.chance(20)) this.#world.advance(1);
    }
    return `burst to ${client.name}, which FINs ${this.#finishLater(client)}`;
  }

  pauseTopic(): string | undefined {
    const topic = this.#topic();
    if (topic === undefined) return undefined;
    // What an ephemeral topic drops is decided at the end of the turn.
    if (topic.isEphemeral) this.#endTurn(false);
    this.#world.model(topic).setPaused(!topic.isPaused);
    this.#world.topics.setTopicPaused(topic, !topic.isPaused);
    return `topic ${topic.name} paused: ${topic.isPaused}`;
  }

  pauseChannel(): string | undefined {
    const [topic, channel] = this.#channel();
    if (topic === undefined || channel === undefined) return undefined;
    this.#world.modelChannel(topic, channel).isPaused = !channel.isPaused;
    this.#world.topics.setChannelPaused(topic, channel, !channel.isPaused);
    return `channel ${topic.name} ${channel.name} paused: ${channel.isPaused}`;
  }

  emptyTopic(): string | undefined {
    const topic = this.#topic();
    if (topic === undefined) return undefined;
    this.#world.model(topic).empty();
    topic.empty();
    return `empty ${topic.name}`;
  }

  emptyChannel(): string | undefined {
    const [topic, channel] = this.#channel();
    if (topic === undefined || channel === undefined) return undefined;
    this.#world.modelChannel(topic, channel).empty();
    topic.emptyChannel(channel);
    return `empty ${topic.name} ${channel.name}`;
  }

  createChannel(): string {
    const topic = this.#topicForUse();
    const channel = this.#world.channel(topic, this.#random.pick(CHANNEL_NAMES)!);
    return `create ${topic.name} ${channel.name}`;
  }

  deleteChannel(): string | undefined {
    const [topic, channel] = this.#channel();
    if (topic === undefined || channel === undefined) return undefined;
    this.#world.deleteChannel(topic, channel);
    return `delete ${topic.name} ${channel.name}`;
  }

  deleteTopic(): string | undefined {
    const topic = this.#topic();
    if (topic === undefined) return undefined;
    this.#world.deleteTopic(topic);
    return `delete ${topic.name}`;
  }

  advance(): string {
    const durationMs = this.#random.chance(5) ? 400 : this.#random.below(300) / 10;
    this.#world.advance(durationMs);
    return `+${durationMs}ms`;
  }

  /** Everything that is left must be deliverable. */
  #drain(): void {
    this.story.push("drain");
    for (const topic of this.#world.topics.all.values()) this.#drainTopic(topic);
    for (let round = 0; round < DRAIN_ROUNDS_MAX && this.#left() > 0; round++) {
      const waitMs = this.#world.topics.nextDeadlineMs - this.#world.nowMs;
      if (round > 0 && waitMs !== Infinity) this.#world.advance(Math.max(0, waitMs));
      this.#endTurn(false);
      for (const client of this.#world.clients) this.#finishAll(client);
    }
    assert(this.#left() === 0, `nothing is left in the end; ${this.#left()} messages are`);
  }

  #drainTopic(topic: Topic): void {
    const world = this.#world;
    if (topic.isPaused) {
      world.model(topic).setPaused(false);
      world.topics.setTopicPaused(topic, false);
    }
    world.channel(topic, "x");
    for (const channel of [...topic.channels.values()]) {
      world.modelChannel(topic, channel).isPaused = false;
      world.topics.setChannelPaused(topic, channel, false);
      const settings = { roomMax: 1e9, messageTimeoutMs: 10, sampleRate: 0, locality: 2 as const };
      const client = world.subscribe(topic, channel, {
        ...settings,
        name: `drain ${channel.name}`,
      });
      channel.setReadyCount(client.consumer, 1e9);
      for (const { sink } of [...channel.consumers]) {
        if (sink !== client) world.leave(sink as FakeClient);
      }
    }
  }

  #finishAll(client: FakeClient): void {
    client.read();
    const { inFlight } = this.#world.modelChannel(client.topic, client.channel);
    for (const [message, handed] of inFlight) {
      if (handed.client === client) this.#finish(client, message);
    }
  }

  #left(): number {
    let left = 0;
    for (const model of this.#world.models.values()) {
      left += model.depth;
      for (const channel of model.channels.values()) left += channel.size;
    }
    return left;
  }

  #topicForUse(): Topic {
    return this.#world.topic(this.#random.pick(TOPIC_NAMES)!);
  }

  #topic(): Topic | undefined {
    return this.#random.pick([...this.#world.topics.all.values()]);
  }

  #channel() {
    const topic = this.#topic();
    const channel = this.#random.pick([...topic?.channels.values() ?? []]);
    return [topic, channel] as const;
  }

  #client(): FakeClient | undefined {
    return this.#random.pick(this.#world.clients);
  }
}
