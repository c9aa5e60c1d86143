// CRC-32C against published values.

import { assertEquals } from "@std/assert";
import { crc32c } from "../../src/base/crc32c.ts";

Deno.test("crc32c() gives the published checksums", () => {
  assertEquals(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  assertEquals(crc32c(new Uint8Array(0)), 0);
});

Deno.test("crc32c() does not depend on where the bytes lie", () => {
  const bytes = Uint8Array.from({ length: 50 }, (_, index) => index * 37);
  for (let length = 0; length < 20; length++) {
    const expected = crc32c(bytes.slice(3, 3 + length));
    assertEquals(crc32c(bytes.subarray(3, 3 + length)), expected);
  }
});
