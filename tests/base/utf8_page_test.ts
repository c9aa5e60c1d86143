// What pieces become as UTF-8, and that a page grows with them.

import { assertEquals } from "@std/assert";
import { Utf8Page } from "../../src/base/utf8_page.ts";

Deno.test("Utf8Page has the bytes of all its pieces, however far it grows", () => {
  const page = new Utf8Page();
  const pieces = Array.from({ length: 3_000 }, (_, index) => `${index} é € 😀\n`);
  for (const piece of pieces) page.add(piece);
  assertEquals(page.bytes, new TextEncoder().encode(pieces.join("")));
});

Deno.test("Utf8Page takes a piece larger than all before, and nothing", () => {
  const page = new Utf8Page();
  assertEquals(page.bytes, new Uint8Array());
  page.add("");
  page.add("€".repeat(100_000));
  assertEquals(new TextDecoder().decode(page.bytes), "€".repeat(100_000));
});

Deno.test("Utf8Page puts U+FFFD for half a character", () => {
  const page = new Utf8Page();
  page.add("a\ud800b");
  assertEquals(new TextDecoder().decode(page.bytes), "a\ufffdb");
});

Deno.test("Utf8Page.number() writes numbers as JSON does", () => {
  const numbers = [
    0,
    1,
    9,
    10,
    99,
    100,
    12_345_678,
    999_999_999,
    1e9,
    2 ** 31,
    2 ** 53 - 1,
    -5,
    0.25,
  ];
  for (let power = 1; power < 1e9; power *= 10) numbers.push(power, power - 1, power * 9 + 7);
  const page = new Utf8Page();
  for (const number of numbers) {
    page.number(number);
    page.ascii(",");
  }
  const expected = numbers.map((number) => `${JSON.stringify(number)},`).join("");
  assertEquals(new TextDecoder().decode(page.bytes), expected);
});
