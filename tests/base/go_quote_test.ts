// Go's %q over byte strings.

import { assertEquals } from "@std/assert";
import { byteStringOfText } from "../../src/base/byte_string.ts";
import { goQuote, goQuoteText } from "../../src/base/go_quote.ts";

Deno.test("goQuote() escapes quotes, backslashes and control bytes as Go does", () => {
  const quoted: readonly [string, string][] = [
    ["", '""'],
    ["topic", '"topic"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["\t\n\r\v\f\b\x07", '"\\t\\n\\r\\v\\f\\b\\a"'],
    ["\0\x1f\x7f", '"\\x00\\x1f\\x7f"'],
    ["a'b c", '"a\'b c"'],
  ];
  for (const [text, expected] of quoted) assertEquals(goQuote(text), expected);
});

Deno.test("goQuote() keeps printable UTF-8 and escapes the rest of it by code point", () => {
  assertEquals(goQuote(byteStringOfText("é€😀")), `"${byteStringOfText("é€😀")}"`);
  assertEquals(goQuote(byteStringOfText("\u00a0\u00ad\u2028")), '"\\u00a0\\u00ad\\u2028"');
  assertEquals(goQuote(byteStringOfText("\u{e0001}")), '"\\U000e0001"');
  assertEquals(goQuote(byteStringOfText("\ufffd")), `"${byteStringOfText("\ufffd")}"`);
});

Deno.test("goQuote() escapes bytes that are not UTF-8 one by one", () => {
  assertEquals(goQuote("\xff"), '"\\xff"');
  assertEquals(goQuote("\xc3"), '"\\xc3"');
  assertEquals(goQuote("\xe2\x82x"), '"\\xe2\\x82x"');
  assertEquals(goQuote("\xc0\x80"), '"\\xc0\\x80"');
  assertEquals(goQuote("\xed\xa0\x80"), '"\\xed\\xa0\\x80"');
});

Deno.test("goQuoteText() quotes an ordinary string", () => {
  assertEquals(goQuoteText('é "x"\n'), '"é \\"x\\"\\n"');
});
