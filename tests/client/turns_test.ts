// Whose turn it is, without sockets or time.

import { assertEquals } from "@std/assert";
import { TURN_STEPS, Turns } from "../../src/client/turns.ts";

/** A server from which messages come or not. */
class Server {
  inFlight = 0;
  /** Messages come at every step in which it has a place. */
  isBusy = false;

  constructor(readonly name: string) {}

  hasReceived(): boolean {
    return this.isBusy;
  }
}

function servers(names: string): Server[] {
  return [...names].map((name) => new Server(name));
}

function names(holders: ReadonlySet<Server>): string {
  return [...holders].map(({ name }) => name).join("");
}

/** Who has a place, step by step. */
function history(turns: Turns<Server>, members: Server[], places: number, steps: number): string {
  const seen: string[] = [];
  for (let step = 0; step < steps; step++) {
    seen.push(names(turns.holders(members, places)));
    turns.step();
  }
  return seen.join(" ");
}

Deno.test("Turns gives everybody as many steps as everybody else", () => {
  assertEquals(history(new Turns(), servers("abcde"), 2, 6), "ab cd ea bc de ab");
});

Deno.test("Turns lets a turn last where messages come, and silent servers pass theirs on", () => {
  const members = servers("abc");
  members[0]!.isBusy = true;
  assertEquals(TURN_STEPS, 5);
  assertEquals(history(new Turns(), members, 1, 14), "a a a a a b c a a a a a b c");
});

Deno.test("Turns keeps a place free until the messages of the one before are answered", () => {
  const turns = new Turns<Server>();
  const members = servers("abc");
  turns.holders(members, 1);
  members[0]!.inFlight = 1;
  for (let step = 0; step < TURN_STEPS; step++) turns.step();
  assertEquals([names(turns.holders(members, 1)), turns.isHeldBack], ["", true]);
  members[0]!.inFlight = 0;
  assertEquals([names(turns.holders(members, 1)), turns.isHeldBack], ["b", false]);
});

Deno.test("Turns follows servers that come and go, and places that do", () => {
  const turns = new Turns<Server>();
  const [a, b, c, d] = servers("abcd") as [Server, Server, Server, Server];
  assertEquals(names(turns.holders([a, b, c], 2)), "ab");
  assertEquals(names(turns.holders([b, c, d], 2)), "bc");
  assertEquals(names(turns.holders([b, c, d], 1)), "b");
  assertEquals(names(turns.holders([b, c, d], 3)), "bcd");
  assertEquals([names(turns.holders([], 3)), turns.isHeldBack], ["", false]);
});
