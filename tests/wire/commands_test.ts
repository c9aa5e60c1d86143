// The command table: its rows are sound, and each command is met by recorded conversations.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { clientStates, type CommandName, commands } from "../../src/wire/commands.ts";
import { clientSpeeches } from "../conformance/vectors.ts";
import { hear } from "./heard_commands.ts";

const names = Object.keys(commands) as CommandName[];

function test(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

test("commands: twelve, upper case, different in their first four bytes", () => {
  assertEquals(names.length, 12);
  for (const name of names) assertMatch(name, /^[A-Z]{3,}$/);
  assertEquals(new Set(names.map((name) => name.slice(0, 4).padEnd(4, "\0"))).size, 12);
});

test("commands: no row asks for more parameters than it names, or for an unknown state", () => {
  for (const name of names) {
    const { parameters, parametersMin, states, help, reply } = commands[name];
    assert(parametersMin <= parameters.length, name);
    assert(states.length > 0 && states.every((state) => state in clientStates), name);
    assert(help.length > 5 && reply.length > 1, name);
  }
});

test("commands: states are the numbers /stats shows", () => {
  assertEquals(clientStates, { init: 0, subscribed: 3, closing: 4 });
});

Deno.test("commands: every one is met by a recorded conversation", () => {
  const met = new Set<string>();
  for (const { commands: speech } of clientSpeeches()) {
    for (const line of hear([speech])) met.add(line.slice(0, line.indexOf("(")));
  }

  assertEquals(names.filter((name) => !met.has(name)), []);
});

Deno.test("commands: recorded conversations also say what is no command", () => {
  const spoken = [...clientSpeeches()].map(({ commands: speech }) => hear([speech]).at(-1) ?? "");

  assert(spoken.some((line) => line.startsWith("error E_INVALID invalid command ")));
});
