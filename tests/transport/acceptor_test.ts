// Who is let in, who is turned away, and what becomes of a listener that fails.

import { assertEquals } from "@std/assert";
import { Acceptor } from "../../src/transport/acceptor.ts";
import { Admission } from "../../src/transport/admission.ts";
import { Refusals } from "../../src/transport/refusals.ts";
import { logTo } from "../base/kept_log.ts";

/** Hands out what it is given, connections and failures; then `accept` waits until it is closed. */
class FakeListener {
  readonly #left: (string | Error)[];
  readonly turnedAway: string[] = [];
  readonly #end = Promise.withResolvers<never>();
  /** Resolves when everything has been handed out. */
  readonly emptied = Promise.withResolvers<void>();

  constructor(...left: (string | Error)[]) {
    this.#left = left;
  }

  accept(): Promise<Deno.Conn> {
    const next = this.#left.shift();
    if (next === undefined) {
      this.emptied.resolve();
      return this.#end.promise;
    }
    if (next instanceof Error) return Promise.reject(next);
    return Promise.resolve({
      remoteAddr: { transport: "tcp", hostname: next, port: 7 },
      close: () => void this.turnedAway.push(next),
    } as unknown as Deno.Conn);
  }

  close(): void {
    this.#end.reject(new Deno.errors.BadResource("closed"));
  }
}

function acceptorOf(listener: FakeListener, serve: (address: string) => Promise<void>) {
  const lines: string[] = [];
  const log = logTo((text) => lines.push(text));
  const refusals = new Refusals({ nowMs: () => 0 }, log);
  const admission = new Admission({ connectionsMax: 2, perAddressMax: 1 });
  const acceptor = new Acceptor(
    [listener],
    { admission, refusals, log },
    (_, address) => serve(address),
  );
  return { acceptor, admission, refusals, lines };
}

Deno.test("Acceptor.run() serves connections, and turns away those that are too many", async () => {
  const listener = new FakeListener("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3");
  const served: string[] = [];
  const over = Promise.withResolvers<void>();
  const { acceptor, admission, refusals, lines } = acceptorOf(listener, (address) => {
    served.push(address);
    return over.promise;
  });
  const running = acceptor.run();
  await listener.emptied.promise;
  assertEquals(served, ["10.0.0.1:7", "10.0.0.2:7"]);
  assertEquals(listener.turnedAway, ["10.0.0.1", "10.0.0.3"]);
  assertEquals(refusals.counts, { tcp_connections_per_address: 1, tcp_connections: 1 });
  assertEquals(lines, [
    "TCP: new client(10.0.0.1:7)",
    "TCP: refused 10.0.0.1:7: too many connections from there",
    "TCP: new client(10.0.0.2:7)",
    "TCP: refused 10.0.0.3:7: too many connections",
  ]);
  assertEquals(admission.count, 2);
  over.resolve();
  acceptor.close();
  await running;
  assertEquals(admission.count, 0);
});

Deno.test("Acceptor.run() goes on after a connection that could not be accepted", async () => {
  const listener = new FakeListener(new Error("Too many open files (os error 24)"), "10.0.0.1");
  const served: string[] = [];
  const { acceptor, refusals, lines } = acceptorOf(listener, (address) => {
    served.push(address);
    return Promise.resolve();
  });
  const running = acceptor.run();
  await listener.emptied.promise;
  assertEquals(served, ["10.0.0.1:7"]);
  assertEquals(refusals.counts, { accept_failed: 1 });
  assertEquals(
    lines[0],
    "TCP: cannot accept a connection - Error: Too many open files (os error 24)",
  );
  acceptor.close();
  await running;
  // The end of the listener is none of those failures.
  assertEquals(refusals.counts, { accept_failed: 1 });
});
