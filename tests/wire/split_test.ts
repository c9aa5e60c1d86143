// The parser takes every recorded conversation split at every byte, and makes of it what it makes of the whole.

import { assert, assertEquals } from "@std/assert";
import { clientSpeeches, joinBytes } from "../conformance/vectors.ts";
import { Random } from "../base/random.ts";
import { hear } from "./heard_commands.ts";
import { batchBody, int32, singleBytes, sized, wireBytes } from "./wire_bytes.ts";

/** Speeches shorter than this are split everywhere. */
const SHORT_BYTES_MAX = 1000;
/** A longer speech is split at so many places. */
const SPLITS_SAMPLED = 200;
/** Bytes of long speeches fed in all: a bound on the time this takes. */
const SAMPLED_BYTES_MAX = 100_000_000;

/** Every different thing a client says in the recorded conversations. */
function speeches(): Uint8Array[] {
  const different = new Map<string, Uint8Array>();
  for (const { commands } of clientSpeeches()) {
    if (commands.length > 0) different.set(keyOf(commands), commands);
  }
  return [...different.values()];
}

function keyOf(bytes: Uint8Array): string {
  return bytes.length < SHORT_BYTES_MAX ? bytes.toHex() : `${bytes.length}:${hear([bytes])}`;
}

function halves(speech: Uint8Array, at: number): Uint8Array[] {
  return [speech.subarray(0, at), speech.subarray(at)];
}

Deno.test("CommandParser takes every short recorded conversation split at every byte", () => {
  const short = speeches().filter(({ length }) => length < SHORT_BYTES_MAX);
  assert(short.length > 100);
  for (const speech of short) {
    const whole = hear([speech]);

    for (let at = 1; at < speech.length; at++) assertEquals(hear(halves(speech, at)), whole);
    assertEquals(hear(singleBytes(speech)), whole);
  }
});

Deno.test("CommandParser takes every long recorded conversation split at many bytes", () => {
  const random = new Random(7);
  const long = speeches().filter(({ length }) => length >= SHORT_BYTES_MAX);
  assert(long.length > 5);
  const bytesEach = SAMPLED_BYTES_MAX / long.length;
  for (const speech of long) {
    const whole = hear([speech]);
    const splits = Math.max(5, Math.min(SPLITS_SAMPLED, Math.floor(bytesEach / speech.length)));

    for (let split = 0; split < splits; split++) {
      // Half of the splits fall where commands and sizes are: near the beginning.
      const range = split % 2 === 0 ? Math.min(speech.length, 200) : speech.length;
      assertEquals(hear(halves(speech, random.below(range))), whole);
    }
  }
});

Deno.test("CommandParser takes a long pipeline in pieces of any size", () => {
  const speech = joinBytes([
    wireBytes("SUB t c\nRDY 100\r\n", "PUB t\n", sized("a".repeat(3000))),
    wireBytes("MPUB t\n", batchBody(["x", "y".repeat(2500), "z"]), "NOP\n"),
    wireBytes("IDENTIFY\n", sized('{"client_id":"me"}'), "DPUB t 10\n", sized("later")),
    wireBytes("MPUB t\n", int32(1), int32(2), sized("past"), sized("the end"), "CLS\n"),
  ]);
  const whole = hear([speech]);
  assertEquals(whole.length, 18);
  for (let pieceBytes = 1; pieceBytes < speech.length; pieceBytes += 1 + (pieceBytes >> 4)) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < speech.length; at += pieceBytes) {
      pieces.push(speech.subarray(at, at + pieceBytes));
    }
    assertEquals(hear(pieces), whole);
  }
});
