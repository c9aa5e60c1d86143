// The picture: what is on the lines, what fits, and how rows are sorted and filtered.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { columnsFor, filtered, rateText, sorted, VIEWS } from "../../../src/tools/top/columns.ts";
import { frameOf, type Picture, plainText } from "../../../src/tools/top/frame.ts";
import { jsonText, pictureOf } from "../../../src/tools/top/picture.ts";
import { channelRows, type Sample } from "../../../src/tools/top/sample.ts";
import { tableText } from "../../../src/tools/top/table_text.ts";
import { initialState, type ViewState } from "../../../src/tools/top/view_state.ts";
import { channel, nsqd, topic } from "../cluster/nsqd_documents.ts";

const NAMES = ["alpha", "beta", "gamma", "a-very-long-name-of-a-channel-that-goes-on-and-on"];

const SAMPLE: Sample = {
  atMs: 0,
  nsqds: new Map([[
    "n:1",
    nsqd([
      topic(
        "orders",
        NAMES.map((name, index) => channel(name, { depth: index * 1000, inFlight: 9 - index })),
      ),
    ]),
  ]]),
};

const STATE = initialState({ view: "channels", sort: "DEPTH", intervalMs: 1000, filter: "" });

function picture(state: ViewState = STATE, silent: Picture["silent"] = []): Picture {
  return pictureOf(state, undefined, SAMPLE, silent, new Date(2026, 0, 1, 12, 34, 56));
}

function names(lines: readonly string[]): string[] {
  return lines.flatMap((line) => NAMES.filter((name) => line.includes(` ${name.slice(0, 7)}`)));
}

// deno-lint-ignore no-control-regex -- what a terminal does not show
const STYLE = /\x1b\[\d*m/g;

Deno.test("frameOf() fills a terminal of any size exactly, and no line is too long", () => {
  const silent = Array.from(
    { length: 9 },
    (_, index) => ({ address: `x${index}:1`, reason: "no" }),
  );
  for (const columns of [1, 20, 40, 80, 200]) {
    for (const lines of [1, 5, 8, 24]) {
      for (const isHelpShown of [false, true]) {
        const state = { ...STATE, isHelpShown };
        const frame = frameOf(picture(state, silent), state, { columns, lines }, true);
        assert(frame.lines.length <= lines, `${frame.lines.length} lines of ${lines}`);
        const longest = Math.max(...frame.lines.map((line) => line.replace(STYLE, "").length));
        assert(longest <= columns, `${longest} characters of ${columns}`);
      }
    }
  }
});

Deno.test("frameOf() sorts, filters, and keeps the cursor where rows are", () => {
  const size = { columns: 120, lines: 20 };
  assertEquals(names(frameOf(picture(), STATE, size, false).lines), NAMES.toReversed());
  const byName = { ...STATE, sortedBy: "CHANNEL", isReversed: true };
  assertEquals(names(frameOf(picture(), byName, size, false).lines), [
    "gamma",
    "beta",
    "alpha",
    NAMES[3]!,
  ]);
  const few = frameOf(picture(), { ...STATE, filter: "BET", cursor: 3 }, size, false);
  assertEquals([names(few.lines), few.cursor], [["beta"], 0]);
  assertStringIncludes(few.lines.join("\n"), "filter: BET");
});

Deno.test("frameOf() shows the page the cursor is on, and the cursor in reverse", () => {
  const size = { columns: 120, lines: 6 };
  const { lines, pageLines } = frameOf(picture(), { ...STATE, cursor: 3 }, size, false);
  assertEquals(pageLines, 2);
  assertEquals(names(lines), ["beta", "alpha"]);
  assert(lines.some((line) => line.startsWith("\x1b[7m") && line.includes("alpha")));
});

Deno.test("frameOf() says who is silent, and not in colour where colour is unwelcome", () => {
  const silent = [{ address: "x:1", reason: "connection refused" }];
  const size = { columns: 80, lines: 10 };
  const coloured = frameOf(picture(STATE, silent), STATE, size, true).lines.join("\n");
  const plain = frameOf(picture(STATE, silent), STATE, size, false).lines.join("\n");
  assertStringIncludes(plain, "\nx:1 does not answer: connection refused\n");
  assertStringIncludes(coloured, "\x1b[31mx:1 does not answer");
});

Deno.test("plainText() and jsonText() have every row and no escape sequence", () => {
  const text = plainText(picture(), STATE);
  assertStringIncludes(
    text,
    "nsqd top  12:34:56   1 nsqd, 1 topic   in -/s  out -/s   depth 6,000",
  );
  assertEquals(names(text.split("\n")), NAMES.toReversed());
  assert(!text.includes("\x1b"));
  const document = JSON.parse(jsonText(picture(), STATE));
  assertEquals(document.channels.length, 4);
  assertEquals(document.channels[3].channel, "alpha");
  assertEquals([document.totals.depth, document.totals.inRate], [6000, null]);
});

Deno.test("tableText() leaves the least important columns out, then shortens names", () => {
  const rows = channelRows(undefined, SAMPLE);
  const columns = VIEWS.channels.columns;
  const wide = tableText(columns, rows, Infinity, columns[2]);
  assertStringIncludes(wide.head, "DEPTH*");
  assertStringIncludes(wide.head, "MESSAGES");
  const narrow = tableText(columns, rows, 60, undefined);
  assert(!narrow.head.includes("MESSAGES"));
  assertStringIncludes(narrow.head, "DEPTH");
  assert(narrow.lines.some((line) => line.includes("~")));
  assertEquals(tableText(columns, [], 40, undefined).lines, []);
});

Deno.test("columnsFor() shows the age only where some nsqd tells it", () => {
  const rows = channelRows(undefined, SAMPLE);
  const headings = (some: typeof rows) =>
    columnsFor("channels", some).map(({ heading }) => heading);
  assert(!headings(rows).includes("OLDEST"));
  assert(headings([{ ...rows[0]!, oldestAgeMs: 5000 }]).includes("OLDEST"));
});

Deno.test("sorted() puts unknown figures last and keeps equal rows by name; filtered() knows all names", () => {
  const rows = channelRows(undefined, SAMPLE);
  const rate = VIEWS.channels.columns.find(({ heading }) => heading === "IN/S")!;
  const some = [{ ...rows[1]! }, { ...rows[0]! }, { ...rows[2]!, inRate: 0 }];
  assertEquals(sorted(some, rate, false).map((row) => row.channel), ["gamma", "alpha", "beta"]);
  assertEquals(filtered(rows, "ORDERS").length, 4);
  assertEquals([rateText(undefined), rateText(0), rateText(3.25), rateText(12345.6)], [
    "-",
    "0",
    "3.3",
    "12,346",
  ]);
});
