// HTTP responses counted however the bytes are split.

import { assertEquals } from "@std/assert";
import { HttpResponseCounter } from "../../src/bench/http_response_counter.ts";

const one = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nOK";
const other = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nDate: today\r\n\r\n";

function feed(counter: HttpResponseCounter, text: string): void {
  const bytes = new TextEncoder().encode(text);
  counter.space().set(bytes);
  counter.accept(bytes.length);
}

Deno.test("HttpResponseCounter counts the same wherever the bytes are split", () => {
  const stream = one + one + other + one;
  for (let split = 0; split <= stream.length; split++) {
    const counter = new HttpResponseCounter();
    feed(counter, stream.slice(0, split));
    feed(counter, stream.slice(split));
    assertEquals([split, counter.responses, counter.failure], [split, 4, null]);
  }
});

Deno.test("HttpResponseCounter.failure names a status that is not 2xx", () => {
  const counter = new HttpResponseCounter();
  feed(counter, "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\n\r\n");
  assertEquals(counter.failure, "the server answered HTTP/1.1 413 Request Entity Too Large");
  assertEquals(counter.responses, 0);
});

Deno.test("HttpResponseCounter.failure refuses a body without a length", () => {
  const counter = new HttpResponseCounter();
  feed(counter, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  assertEquals(counter.failure, "the response has no content-length");
});
