// What keys do, and which keys bytes are.

import { assertEquals } from "@std/assert";
import { keysIn } from "../../../src/tools/top/keys.ts";
import { afterKey, initialState, type ViewState } from "../../../src/tools/top/view_state.ts";

const START = initialState({ view: "channels", sort: "DEPTH", intervalMs: 1000, filter: "" });
const AROUND = {
  rowCount: 30,
  pageLines: 10,
  selected: { topic: "t", channel: "c" },
  headings: ["TOPIC", "DEPTH", "IN/S"],
};

function pressed(...keys: string[]): ViewState {
  return keys.reduce((state, key) => afterKey(state, key, AROUND)!, START);
}

Deno.test("keysIn() knows characters, arrows and control keys, and swallows what it does not know", () => {
  assertEquals(keysIn("a/\x1b[A\x1b[6~\x1bOB\r\x7f\x03"), [
    "a",
    "/",
    "up",
    "page down",
    "down",
    "enter",
    "backspace",
    "ctrl-c",
  ]);
  assertEquals(keysIn("\x1b"), ["escape"]);
  assertEquals(keysIn("\x1b[1;5Cx\x1b[?62;4c\u00e9\x01"), ["x"]);
});

Deno.test("afterKey() quits with q and Ctrl-C, but q is a letter while the filter is typed", () => {
  assertEquals(afterKey(START, "q", AROUND), undefined);
  assertEquals(afterKey(START, "ctrl-c", AROUND), undefined);
  assertEquals(pressed("/", "q").filter, "q");
  assertEquals(afterKey(pressed("/", "q"), "ctrl-c", AROUND), undefined);
});

Deno.test("afterKey() types, corrects, keeps and clears the filter", () => {
  assertEquals(pressed("/", "a", "b", "backspace", "c", "enter").filter, "ac");
  assertEquals(pressed("/", "a", "enter").isFiltering, false);
  assertEquals(pressed("/", "a", "escape").filter, "");
  assertEquals(pressed("/", "a", "enter", "escape").filter, "");
  assertEquals(pressed("/", "up", "x").filter, "x");
});

Deno.test("afterKey() moves within the rows", () => {
  assertEquals(pressed("up").cursor, 0);
  assertEquals(pressed("down", "page down").cursor, 11);
  assertEquals(pressed("end").cursor, 29);
  assertEquals(pressed("end", "down", "page up").cursor, 19);
  assertEquals(pressed("end", "home").cursor, 0);
});

Deno.test("afterKey() sorts by the column beside, and reverses", () => {
  assertEquals(pressed("right").sortedBy, "IN/S");
  assertEquals(pressed("right", "right").sortedBy, "IN/S");
  assertEquals(pressed("<").sortedBy, "TOPIC");
  assertEquals([pressed("r").isReversed, pressed("r", ">").isReversed], [true, false]);
});

Deno.test("afterKey() changes the table, goes into a channel's clients and back", () => {
  assertEquals([pressed("t").view, pressed("n").view, pressed("t", "c").view], [
    "topics",
    "nodes",
    "channels",
  ]);
  const inside = pressed("enter");
  assertEquals([inside.view, inside.subject, inside.sortedBy], [
    "clients",
    { topic: "t", channel: "c" },
    "FINISHED",
  ]);
  assertEquals([pressed("enter", "escape").view, pressed("enter", "escape").subject], [
    "channels",
    undefined,
  ]);
  assertEquals(pressed("t", "enter").view, "topics");
});

Deno.test("afterKey() freezes, changes the interval within bounds, and shows help until the next key", () => {
  assertEquals([pressed(" ").isFrozen, pressed(" ", " ").isFrozen], [true, false]);
  assertEquals([pressed("+").intervalMs, pressed("-").intervalMs], [500, 2000]);
  assertEquals(pressed("+", "+", "+", "+").intervalMs, 250);
  assertEquals([pressed("h").isHelpShown, pressed("h", "t").isHelpShown], [true, false]);
  assertEquals(pressed("h", "t").view, "channels");
});
