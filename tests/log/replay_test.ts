// Replay against histories told with plain sets, in one go and from a checkpoint at every place.

import { assertEquals } from "@std/assert";
import { assert } from "../../src/base/assert.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/log/checkpoint.ts";
import { readRecord } from "../../src/log/record.ts";
import { TopicReplay } from "../../src/log/replay.ts";
import {
  type ChannelState,
  emptyTopicState,
  type TopicState,
  undistributedCount,
  unfinishedCount,
  waitingRanges,
} from "../../src/log/topic_state.ts";
import { deferredRecord, journalRecord, keptRecord, messagesRecord } from "./sample_records.ts";
import { OLDEST, TopicHistory } from "./topic_history.ts";

function apply(replay: TopicReplay, records: readonly Uint8Array[], firstOffset = 0): void {
  for (const [index, bytes] of records.entries()) {
    const record = readRecord(bytes, 0, OLDEST);
    assert(record.kind !== "damage", "the record is whole");
    replay.apply(record, { segment: OLDEST, offset: firstOffset + index });
  }
}

function replayOf(...records: readonly Uint8Array[]): TopicReplay {
  const replay = new TopicReplay(emptyTopicState(OLDEST));
  apply(replay, records);
  return replay;
}

/** Attempts by number of everything a channel is not done with. */
function unfinishedOf(state: TopicState, channel: ChannelState): Map<number, number> {
  const unfinished = new Map<number, number>();
  for (const { number, attempts } of channel.pending) unfinished.set(number, attempts);
  for (const [first, end] of waitingRanges(state, channel)) {
    for (let number = first; number < end; number++) unfinished.set(number, 0);
  }
  assertEquals(unfinishedCount(state, channel), unfinished.size);
  return unfinished;
}

function numbersOf(state: TopicState, name: string): number[] {
  const unfinished = unfinishedOf(state, state.channels.get(name)!);
  return [...unfinished.keys()].map((number) => number - OLDEST).sort((one, other) => one - other);
}

/** A state so that equal ones look equal. */
function outline(state: TopicState): unknown {
  const pendingOf = ({ pending }: ChannelState) =>
    [...pending].sort((one, other) => one.number - other.number);
  return {
    ...state,
    holes: [...state.holes.ranges()],
    undistributed: [...state.undistributed].sort((one, other) => one.number - other.number),
    channels: [...state.channels].map(([name, channel]) => ({
      ...channel,
      name,
      finished: [...channel.finished.ranges()],
      pending: pendingOf(channel),
    })).sort((one, other) => one.name < other.name ? -1 : 1),
  };
}

Deno.test("TopicReplay finds what a history told with sets finds", () => {
  for (let seed = 0; seed < 300; seed++) {
    const history = new TopicHistory(seed, 120);
    const { state } = replayOf(...history.steps.map(({ bytes }) => bytes));
    assertEquals([...state.channels.keys()].sort(), [...history.channels.keys()].sort());
    for (const [name, expected] of history.channels) {
      const channel = state.channels.get(name)!;
      const unfinished = unfinishedOf(state, channel);
      assertEquals(sorted(unfinished), sorted(expected.unfinished), `seed ${seed}, ${name}`);
      assertEquals([channel.isPaused, channel.isAssumed], [expected.isPaused, false]);
    }
    assertEquals(undistributedCount(state), history.undistributed.length, `seed ${seed}`);
    assertEquals(state.isPaused, history.isPaused);
    assert(state.next <= history.next, "no number is skipped without need");
  }
});

function sorted(map: ReadonlyMap<number, number>): [number, number][] {
  return [...map].sort((one, other) => one[0] - other[0]);
}

Deno.test("TopicReplay comes to the same from a checkpoint at any record and the records behind it", () => {
  for (let seed = 0; seed < 25; seed++) {
    const records = new TopicHistory(seed, 80).steps.map(({ bytes }) => bytes);
    const whole = outline(replayOf(...records).state);
    const ahead = new TopicReplay(emptyTopicState(OLDEST));
    for (let index = 0; index <= records.length; index++) {
      const position = { segment: OLDEST, offset: index };
      const checkpoint = decodeCheckpoint(encodeCheckpoint(ahead.state, position))!;
      const replay = new TopicReplay(checkpoint.state);
      apply(replay, records.slice(index), checkpoint.position.offset);
      assertEquals(outline(replay.state), whole, `seed ${seed}, record ${index}`);
      if (index < records.length) apply(ahead, [records[index]!], index);
    }
  }
});

Deno.test("TopicReplay loses nothing but the messages of a record that is missing", () => {
  for (let seed = 0; seed < 40; seed++) {
    const history = new TopicHistory(seed, 60);
    for (const [missing, { numbers, operation }] of history.steps.entries()) {
      // A channel of an old name and what a pause held back are not told apart by a log that lost it.
      if (/^(delete|pause|finish)/.test(operation) || isReused(history, operation)) continue;
      const replay = new TopicReplay(emptyTopicState(OLDEST));
      for (const name of history.channels.keys()) replay.adopt(name);
      apply(replay, history.steps.toSpliced(missing, 1).map(({ bytes }) => bytes));
      const state = replay.settle();
      for (const [name, expected] of history.channels) {
        const unfinished = unfinishedOf(state, state.channels.get(name)!);
        const lost = [...expected.unfinished.keys()].filter((number) => !unfinished.has(number));
        const others = lost.filter((number) => !numbers.includes(number));
        assertEquals(others, [], `seed ${seed}, without record ${missing}: ${operation}, ${name}`);
      }
    }
  }
});

/** Whether it creates a channel whose name another one had before. */
function isReused(history: TopicHistory, operation: string): boolean {
  return history.steps.filter((step) => step.operation === operation).length > 1 &&
    operation.startsWith("create");
}

Deno.test("TopicReplay gives an assumed channel everything from the oldest message on", () => {
  const replay = new TopicReplay(emptyTopicState(OLDEST));
  replay.adopt("orders");
  apply(replay, [
    messagesRecord(OLDEST, OLDEST, ["0", "1", "2"]),
    deferredRecord(OLDEST, OLDEST + 3, 9000),
    journalRecord(OLDEST, (journal) => journal.finished("orders", OLDEST + 1)),
    journalRecord(OLDEST, (journal) => journal.finished("unheard-of", OLDEST)),
  ]);
  assertEquals([...replay.state.channels.values()].map(({ isAssumed }) => isAssumed), [true, true]);
  const state = replay.settle();
  assertEquals(numbersOf(state, "orders"), [0, 2, 3]);
  assertEquals(numbersOf(state, "unheard-of"), [1, 2, 3]);
  assertEquals(undistributedCount(state), 0);
});

Deno.test("TopicReplay corrects an assumed channel when its creation is met", () => {
  const replay = new TopicReplay(emptyTopicState(OLDEST));
  replay.adopt("first");
  replay.adopt("second");
  apply(replay, [
    messagesRecord(OLDEST, OLDEST, ["0"]),
    deferredRecord(OLDEST, OLDEST + 1, 9000),
    journalRecord(OLDEST, (journal) => journal.created("first", OLDEST)),
    deferredRecord(OLDEST, OLDEST + 2, 9000),
    journalRecord(OLDEST, (journal) => journal.created("second", OLDEST + 3)),
    messagesRecord(OLDEST, OLDEST + 3, ["3"]),
  ]);
  assertEquals(numbersOf(replay.state, "first"), [0, 1, 2, 3]);
  assertEquals(numbersOf(replay.state, "second"), [3]);
});

Deno.test("TopicReplay gives an assumed channel a deferred message once", () => {
  const replay = new TopicReplay(emptyTopicState(OLDEST));
  replay.adopt("old");
  apply(replay, [
    deferredRecord(OLDEST, OLDEST, 9000),
    journalRecord(OLDEST, (journal) => journal.finished("old", OLDEST)),
    journalRecord(OLDEST, (journal) => journal.created("new", OLDEST)),
  ]);
  const state = replay.settle();
  assertEquals([numbersOf(state, "old"), numbersOf(state, "new")], [[], [0]]);
});

Deno.test("TopicReplay drops what was emptied before any channel was given it, for assumed ones too", () => {
  const replay = new TopicReplay(emptyTopicState(OLDEST));
  replay.adopt("old");
  apply(replay, [
    deferredRecord(OLDEST, OLDEST, 9000),
    messagesRecord(OLDEST, OLDEST + 1, ["1"]),
    journalRecord(OLDEST, (journal) => journal.topicEmptied(OLDEST, OLDEST + 2)),
  ]);
  assertEquals(numbersOf(replay.settle(), "old"), []);
});

Deno.test("TopicReplay.settle() leaves a paused topic what it holds back", () => {
  const replay = new TopicReplay(emptyTopicState(OLDEST));
  replay.adopt("old");
  apply(replay, [
    journalRecord(OLDEST, (journal) => journal.topicPaused(true)),
    deferredRecord(OLDEST, OLDEST, 9000),
    messagesRecord(OLDEST, OLDEST + 1, ["1"]),
  ]);
  const state = replay.settle();
  assertEquals([undistributedCount(state), numbersOf(state, "old")], [2, []]);
});

Deno.test("TopicReplay knows a channel that a start assumed with what it had then, whatever follows", () => {
  const before = [
    messagesRecord(OLDEST, OLDEST, ["0"]),
    deferredRecord(OLDEST, OLDEST + 1, 9000),
  ];
  const after = [
    journalRecord(OLDEST, (journal) => journal.created("new", OLDEST + 2)),
    messagesRecord(OLDEST, OLDEST + 2, ["2"]),
    journalRecord(OLDEST, (journal) => journal.topicPaused(true)),
    deferredRecord(OLDEST, OLDEST + 3, 9000),
  ];
  const started = new TopicReplay(emptyTopicState(OLDEST));
  for (const name of ["one", "two"]) started.adopt(name);
  apply(started, before);
  started.settle();
  const entry = journalRecord(OLDEST, (journal) => {
    for (const name of started.settled) journal.settled(name);
  });
  apply(started, after, before.length);
  const again = new TopicReplay(emptyTopicState(OLDEST));
  for (const name of ["one", "two"]) again.adopt(name);
  apply(again, before);
  // Its place is not counted, so that the others have theirs.
  apply(again, [entry], -1);
  apply(again, after, before.length);
  const { state } = again;
  assertEquals(outline(again.settle()), outline(started.state));
  assertEquals([numbersOf(state, "one"), numbersOf(state, "two")], [[0, 1, 2], [0, 1, 2]]);
  assertEquals([numbersOf(state, "new"), undistributedCount(state)], [[2], 1]);
});

Deno.test("TopicReplay gives an assumed channel nothing from before a checkpoint that does not have it", () => {
  const { state } = replayOf(
    journalRecord(OLDEST, (journal) => journal.created("old", OLDEST)),
    messagesRecord(OLDEST, OLDEST, ["0", "1"]),
  );
  const replay = new TopicReplay(state);
  apply(replay, [
    messagesRecord(OLDEST, OLDEST + 2, ["2"]),
    journalRecord(OLDEST, (journal) => journal.paused("unheard-of", false)),
  ]);
  const settled = replay.settle();
  assertEquals([numbersOf(settled, "old"), numbersOf(settled, "unheard-of")], [[0, 1, 2], [2]]);
});

Deno.test("TopicReplay.settle() forgets what was given back and is not in the log", () => {
  const replay = replayOf(
    journalRecord(OLDEST, (journal) => journal.created("orders", OLDEST)),
    deferredRecord(OLDEST, OLDEST, 9000),
    journalRecord(OLDEST, (journal) => {
      for (const number of [0, 1, 2]) journal.requeued("orders", OLDEST + number, 1, 0);
    }),
    messagesRecord(OLDEST, OLDEST + 2, ["2"]),
  );
  assertEquals(numbersOf(replay.settle(), "orders"), [0, 2]);
});

Deno.test("TopicReplay moves a cursor past a requeued message, which does not hold it back", () => {
  const { state } = replayOf(
    journalRecord(OLDEST, (journal) => journal.created("orders", OLDEST)),
    messagesRecord(OLDEST, OLDEST, ["0", "1", "2"]),
    journalRecord(OLDEST, (journal) => {
      journal.requeued("orders", OLDEST, 1, 0);
      journal.finished("orders", OLDEST + 1);
    }),
  );
  assertEquals(state.channels.get("orders")!.cursor, OLDEST + 2);
  assertEquals(numbersOf(state, "orders"), [0, 2]);
});

Deno.test("TopicReplay remembers where deferred and kept messages lie, also when they are requeued", () => {
  const { state } = replayOf(
    journalRecord(OLDEST, (journal) => journal.created("orders", OLDEST)),
    deferredRecord(OLDEST, OLDEST, 9000),
    keptRecord(OLDEST, 12, "orders", 4, 70),
    messagesRecord(OLDEST, OLDEST + 1, ["1"]),
    journalRecord(OLDEST, (journal) => {
      journal.requeued("orders", OLDEST, 1, 9500);
      journal.requeued("orders", OLDEST + 1, 2, 0);
    }),
  );
  const pending = [...state.channels.get("orders")!.pending];
  assertEquals(pending.sort((one, other) => one.number - other.number), [
    { number: 12, attempts: 4, dueWallMs: 70, place: { segment: OLDEST, offset: 2 } },
    { number: OLDEST, attempts: 1, dueWallMs: 9500, place: { segment: OLDEST, offset: 1 } },
    { number: OLDEST + 1, attempts: 2, dueWallMs: 0, place: undefined },
  ]);
});

Deno.test("TopicReplay takes in messages once that are in the log twice", () => {
  const messages = messagesRecord(OLDEST, OLDEST, ["0", "1"]);
  const deferred = deferredRecord(OLDEST, OLDEST + 2, 9000);
  const { state } = replayOf(
    journalRecord(OLDEST, (journal) => journal.created("orders", OLDEST)),
    messages,
    deferred,
    journalRecord(OLDEST, (journal) => journal.finished("orders", OLDEST, 3)),
    messages,
    deferred,
  );
  assertEquals(numbersOf(state, "orders"), []);
  assertEquals(state.next, OLDEST + 3);
});

Deno.test("TopicReplay never gives a number again that any record named", () => {
  for (
    const record of [
      journalRecord(OLDEST, (journal) => journal.finished("orders", OLDEST + 9)),
      journalRecord(OLDEST, (journal) => journal.requeued("orders", OLDEST + 9, 1, 0)),
      journalRecord(OLDEST, (journal) => journal.created("orders", OLDEST + 10)),
      journalRecord(OLDEST, (journal) => journal.emptied("orders", OLDEST + 10)),
      journalRecord(OLDEST, (journal) => journal.topicEmptied(OLDEST, OLDEST + 10)),
    ]
  ) assertEquals(replayOf(record).state.next, OLDEST + 10);
});

Deno.test("TopicReplay.state keeps nothing of what every channel has passed", () => {
  const replay = replayOf(journalRecord(OLDEST, (journal) => journal.created("orders", OLDEST)));
  for (let number = OLDEST; number < OLDEST + 2000; number += 2) {
    apply(replay, [
      messagesRecord(OLDEST, number, ["a"]),
      deferredRecord(OLDEST, number + 1, 5),
      journalRecord(OLDEST, (journal) => journal.finished("orders", number)),
    ]);
  }
  const { holes, channels } = replay.state;
  const { finished, pending, cursor } = channels.get("orders")!;
  assertEquals([holes.rangeCount, finished.rangeCount, pending.size], [0, 0, 1000]);
  assertEquals(cursor, OLDEST + 2000);
});
