// Small forms of text the API is made of: queries, escapes, JSON, durations.

import { assertEquals, assertThrows } from "@std/assert";
import { durationText } from "../../src/web/duration_text.ts";
import { goJson } from "../../src/web/go_json.ts";
import { ReplyError } from "../../src/web/reply_error.ts";
import { percentDecoded, percentEncoded } from "../../src/web/percent.ts";
import { parseQuery } from "../../src/web/query.ts";

for (
  const [text, expected] of [
    ["", {}],
    ["a=1&b=2&a=3", { a: "1", b: "2" }],
    ["a&b=&=c", { a: "", b: "", "": "c" }],
    ["&&a=b=c&&", { a: "b=c" }],
    ["a+b=%2B%20+", { "a b": "+  " }],
    ["%61=%c3%A4", { a: "\xc3\xa4" }],
  ] as const
) {
  Deno.test(`parseQuery() reads ${JSON.stringify(text)}`, () => {
    assertEquals(Object.fromEntries(parseQuery(text)), expected);
  });
}

for (const text of ["%", "a=%z0", "a=%1", "a=1;b=2", ";", "a=%20&b=%"]) {
  Deno.test(`parseQuery() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseQuery(text), ReplyError, "INVALID_REQUEST");
  });
}

Deno.test("percentEncoded() is undone by percentDecoded() for every byte", () => {
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
  assertEquals(percentDecoded(percentEncoded(bytes)), bytes);
  assertEquals(percentEncoded("a/\xe4"), "a%2F%E4");
});

Deno.test("goJson() escapes what means something in HTML", () => {
  assertEquals(goJson({ "<a>": "b & \u2028c" }), String.raw`{"\u003ca\u003e":"b \u0026 \u2028c"}`);
});

for (
  const [milliseconds, text] of [
    [0, "0s"],
    [0.0005, "500ns"],
    [0.25, "250µs"],
    [913.971684, "913.971684ms"],
    [1_500, "1.5s"],
    [59_999, "59.999s"],
    [60_000, "1m0s"],
    [65_000.5, "1m5.0005s"],
    [60_000.5, "1m0.0005s"],
    [3_600_000, "1h0m0s"],
    [3_723_500, "1h2m3.5s"],
    [360_000_000, "100h0m0s"],
  ] as const
) {
  Deno.test(`durationText() writes ${milliseconds} ms as ${text}`, () => {
    assertEquals(durationText(milliseconds), text);
  });
}
