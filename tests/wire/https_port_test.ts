// Where a daemon that wants TLS sends its clients.

import { assertEquals } from "@std/assert";
import { httpsPortIn } from "../../src/wire/https_port.ts";

Deno.test("httpsPortIn reads a port that can be, and nothing from any other answer", () => {
  assertEquals(httpsPortIn('{"message":"TLS_REQUIRED","https_port":4152}'), 4152);
  for (const port of ["0", "65536", "-1", "1.5", '"4152"', "null", "[4152]"]) {
    assertEquals(httpsPortIn(`{"https_port":${port}}`), undefined, port);
  }
  for (const body of ["", "null", "[]", "4152", "no JSON"]) {
    assertEquals(httpsPortIn(body), undefined, body);
  }
});
