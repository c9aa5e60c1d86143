// What is worth writing again: made-up states of three segments with waiting messages in them.

import { assertEquals } from "@std/assert";
import { findStragglers } from "../../src/log/stragglers.ts";
import { segmentFile } from "../../src/log/topic_folder.ts";
import { emptyChannelState, emptyTopicState, type TopicState } from "../../src/log/topic_state.ts";

const SEGMENTS = [1000, 2000, 3000].map((first) => segmentFile("/t", first));
const SCALES = { segmentBytes: () => 10_000, messageBytes: () => 36 };

/** Messages that wait, by channel; a record of each takes 100 bytes. */
function stateOf(waiting: Record<string, readonly number[]>): TopicState {
  const state = { ...emptyTopicState(1000), next: 4000, distributed: 4000 };
  for (const [name, numbers] of Object.entries(waiting)) {
    const channel = emptyChannelState(4000, false);
    for (const number of numbers) channel.pending.set(number, 1, 0);
    state.channels.set(name, channel);
  }
  return state;
}

function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function found(state: TopicState, passed = 2): Record<string, number[]> {
  return Object.fromEntries(findStragglers(state, SEGMENTS, passed, SCALES));
}

Deno.test("findStragglers names what waits in the oldest segment, for each channel in order", () => {
  const state = stateOf({ a: [1003, 1001, 2500, 3500], b: [1002], c: [] });
  assertEquals(found(state), { a: [1001, 1003], b: [1002] });
});

Deno.test("findStragglers leaves a segment alone of which more than a quarter waits", () => {
  assertEquals(found(stateOf({ a: numbers(1000, 25) }), 1), { a: numbers(1000, 25) });
  assertEquals(found(stateOf({ a: numbers(1000, 26) }), 1), {});
});

Deno.test("findStragglers counts in the segments behind that would go as well", () => {
  assertEquals(found(stateOf({ a: numbers(1000, 26) }), 2), { a: numbers(1000, 26) });
  const both = stateOf({ a: [...numbers(1000, 26), ...numbers(2000, 24)] });
  assertEquals(found(both), { a: [...numbers(1000, 26), ...numbers(2000, 24)] });
});

Deno.test("findStragglers counts what goes anyway for nothing", () => {
  assertEquals(found(stateOf({ a: numbers(2000, 30) })), {});
});

Deno.test("findStragglers looks at no segment that a cursor needs", () => {
  assertEquals(found(stateOf({ a: [1001] }), 0), {});
  assertEquals(found(stateOf({ a: [2001] }), 1), {});
});

Deno.test("findStragglers goes by where a message lies, not by its number", () => {
  const state = stateOf({ a: [1001] });
  state.channels.get("a")!.pending.set(1001, 1, 0, { segment: 3000, offset: 40 });
  assertEquals(found(state), {});
});
