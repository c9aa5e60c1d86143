/** Events out of pieces, whatever the cuts. */
import { assertEquals } from "@std/assert";
import { EventStream } from "../../../src/admin/ui/event_stream.ts";

const text = ": hello\n\nevent: status\ndata: {}\n\nid: 7\ndata: one\ndata: two\r\n\r\ndata:x\n\n";
const events = [
  { event: "status", data: "{}" },
  { event: "message", data: "one\ntwo" },
  { event: "message", data: "x" },
];

Deno.test("EventStream gives the same events at every cut", () => {
  for (let cut = 0; cut <= text.length; cut++) {
    const stream = new EventStream();
    assertEquals([...stream.take(text.slice(0, cut)), ...stream.take(text.slice(cut))], events);
  }
});

Deno.test("EventStream keeps an event back until its blank line is there", () => {
  const stream = new EventStream();
  assertEquals(stream.take("data: 1\n"), []);
  assertEquals(stream.take("\n"), [{ event: "message", data: "1" }]);
});
