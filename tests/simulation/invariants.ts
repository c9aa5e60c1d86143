// What must hold after every turn: the broker and the model agree, and nobody waits who could be served.

import { assert } from "../../src/base/assert.ts";
import type { Channel } from "../../src/queue/channel.ts";
import type { Topic } from "../../src/queue/topic.ts";
import type { ModelChannel } from "./model_channel.ts";
import type { World } from "./world.ts";

function same(what: string, actual: number, expected: number): void {
  assert(actual === expected, `${what} is ${expected}; the broker says ${actual}`);
}

/** Throws when one is broken. `isThorough` also looks at every single message in flight. */
export function checkInvariants(world: World, isThorough: boolean): void {
  same("count of topics", world.topics.all.size, world.models.size);
  for (const topic of world.topics.all.values()) {
    const model = world.model(topic);
    same(`depth of ${topic.name}`, topic.depth, model.depth);
    same(`message count of ${topic.name}`, topic.messageCount, model.messageCount);
    same(`channels of ${topic.name}`, topic.channels.size, model.channels.size);
    for (const channel of topic.channels.values()) {
      const modelChannel = world.modelChannel(topic, channel);
      checkCounts(channel, modelChannel);
      checkServed(channel);
      if (isThorough) checkInFlight(world, topic, channel, modelChannel);
    }
  }
  for (const client of world.clients) {
    const model = world.modelChannel(client.topic, client.channel);
    same(`in flight of ${client.name}`, client.consumer.inFlight.size, model.inFlightOf(client));
  }
}

function checkCounts(channel: Channel, model: ModelChannel): void {
  const { name, counters } = channel;
  same(`depth of ${name}`, channel.depth, model.depth);
  same(`in flight count of ${name}`, channel.inFlightCount, model.inFlight.size);
  same(`deferred count of ${name}`, channel.deferredCount, model.deferred.size);
  same(`message count of ${name}`, counters.messageCount, model.messageCount);
  same(`requeue count of ${name}`, counters.requeueCount, model.requeueCount);
  same(`timeout count of ${name}`, counters.timeoutCount, model.timeoutCount);
}

/** No message waits while a consumer is ready for it. */
function checkServed(channel: Channel): void {
  if (channel.isPaused || channel.depth === 0) return;
  for (const { capacity, sink } of channel.consumers) {
    assert(capacity <= 0 || !sink.hasRoom, `no ready consumer of ${channel.name} waits in vain`);
  }
}

/** Every message in flight is there once, with the deadline it should have. */
function checkInFlight(world: World, topic: Topic, channel: Channel, model: ModelChannel): void {
  const byNumber = new Map<number, number>();
  for (const message of model.inFlight.keys()) {
    byNumber.set(world.numberOf(topic, message), message);
  }
  for (const consumer of channel.consumers) {
    for (const { run, number } of consumer.inFlight.messages()) {
      const message = byNumber.get(number);
      assert(message !== undefined, `${number} is in flight in ${channel.name} once`);
      byNumber.delete(number);
      const handed = model.inFlight.get(message)!;
      assert(handed.client.consumer === consumer, `${message} is in flight to its client`);
      same(`deadline of ${message}`, run.deadlineMs, handed.deadlineMs);
    }
  }
  for (const message of byNumber.values()) {
    assert(model.inFlight.get(message)!.client.isGone, `${message} is in flight`);
  }
}
