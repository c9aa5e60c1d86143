// Ending a stream whose reader leaves at the worst moment.

import { assertEquals, assertThrows } from "@std/assert";
import { endStream } from "../../src/web/stream_end.ts";

type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

/** A stream that does something else whenever it is given a piece. */
function streamThat(meanwhile: (stream: ReadableStream) => void) {
  let controller!: Controller;
  const size = () => {
    meanwhile(stream);
    return 1;
  };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (own) => void (controller = own),
  }, { size, highWaterMark: 5 });
  return { stream, controller };
}

Deno.test("endStream() gives the last piece and ends", async () => {
  const { stream, controller } = streamThat(() => {});
  endStream(controller, new Uint8Array([1, 2]));
  assertEquals(await new Response(stream).bytes(), new Uint8Array([1, 2]));
});

Deno.test("endStream() does nothing when the reader leaves meanwhile, or left before", () => {
  const { controller } = streamThat((stream) => void stream.cancel());
  endStream(controller, new Uint8Array(1));
  endStream(controller, new Uint8Array(1));
  endStream(controller);
});

Deno.test("endStream() hides no other error", () => {
  const { controller } = streamThat(() => {
    throw new RangeError("odd");
  });
  assertThrows(() => endStream(controller, new Uint8Array(1)), RangeError, "odd");
});
