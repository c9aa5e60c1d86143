/** Bodies as text, JSON and hex: nothing is invented, nothing is lost. */
import { assertEquals } from "@std/assert";
import {
  bestForm,
  bodySummary,
  bodyText,
  bytesOfBody,
  bytesOfHex,
  hexOf,
  jsonOf,
  textOf,
} from "../../../src/admin/ui/message_body.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("jsonOf lays JSON out and keeps every digit and every string", () => {
  const laidOut = jsonOf(
    bytes('{"id":12345678901234567890,"a":[],"b":[1,{"c":"x, {y}: \\"z\\""}]}'),
  );
  assertEquals(
    laidOut,
    `{
  "id": 12345678901234567890,
  "a": [],
  "b": [
    1,
    {
      "c": "x, {y}: \\"z\\""
    }
  ]
}`,
  );
});

Deno.test("jsonOf refuses what is no JSON document", () => {
  for (const text of ["12", "plain", "{broken", "[1,]", ""]) {
    assertEquals(jsonOf(bytes(text)), undefined);
  }
});

Deno.test("textOf takes UTF-8 whose last character was cut, and no binary", () => {
  assertEquals(textOf(bytes("größer").slice(0, 3)), "gr");
  assertEquals(textOf(new Uint8Array([0xff, 0x41])), undefined);
  assertEquals(textOf(new Uint8Array([0x41, 0x00])), undefined);
});

Deno.test("hexOf shows offset, bytes and what is printable, and says what it left out", () => {
  const dump = hexOf(bytes("0123456789abcdef\n!"), 17);
  assertEquals(dump.split("\n"), [
    "000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef",
    `000010  ${"0a".padEnd(47)}  ·`,
    "… 1 bytes more",
  ]);
});

Deno.test("bestForm and bodyText fall back to what the bytes are", () => {
  const binary = new Uint8Array([1, 2, 3]);
  assertEquals([bytes("{}"), bytes("hi"), binary].map(bestForm), ["json", "text", "hex"]);
  assertEquals(bodyText(bytes("hi"), "json"), "hi");
  assertEquals(bodyText(binary, "text"), hexOf(binary));
});

Deno.test("bytesOfBody undoes each encoding of the server", () => {
  assertEquals(bytesOfBody("hex", "6869"), bytes("hi"));
  assertEquals(bytesOfBody("text", "hi"), bytes("hi"));
  assertEquals(bytesOfBody("json", { a: "b" }), bytes('{"a":"b"}'));
  assertEquals(bytesOfHex("68zz"), bytes("h"));
});

Deno.test("bodySummary is one line", () => {
  assertEquals(bodySummary(bytes("a\n  b\tc"), 4), "a b ");
  assertEquals(bodySummary(new Uint8Array([0, 255])), "00 ff");
});
