// Connecting in time, too late, and not at all.

import { assertEquals, assertRejects } from "@std/assert";
import { connectedWithin } from "../../src/transport/dial_limit.ts";

/** Timers that ring when the test says so. */
class Bell {
  isCancelled = false;
  ring = () => {};

  after(_delayMs: number, action: () => void): () => void {
    this.ring = action;
    return () => {
      this.isCancelled = true;
    };
  }
}

Deno.test("connectedWithin() gives the socket that comes in time, and leaves no timer", async () => {
  const bell = new Bell();
  const socket = { close() {} };
  assertEquals(await connectedWithin(Promise.resolve(socket), 100, bell), socket);
  assertEquals(bell.isCancelled, true);
  await assertRejects(
    () => connectedWithin(Promise.reject(new Error("refused")), 100, bell),
    Error,
    "refused",
  );
});

Deno.test("connectedWithin() gives up after the limit, and closes a socket that comes after all", async () => {
  const bell = new Bell();
  const connecting = Promise.withResolvers<{ close(): void }>();
  const closed = Promise.withResolvers<void>();
  const connected = connectedWithin(connecting.promise, 100, bell);
  bell.ring();
  await assertRejects(() => connected, Error, "no answer within 100 ms");
  connecting.resolve({ close: () => closed.resolve() });
  await closed.promise;
});
