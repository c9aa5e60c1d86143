/**
 * Who brings spoiled bytes to where they hurt. Each goes on until its time is over; how the broker bears it is
 * judged elsewhere, but what runs inside the test (config files) is judged at once.
 */
import { resolveNsqdOptions } from "../../src/options/nsqd_checks.ts";
import { OptionError } from "../../src/options/option_error.ts";
import { threadProcessorMs } from "../base/processor_time.ts";
import { HostileSocket } from "../soak/hostile_socket.ts";
import { type Random, sleep } from "../soak/random.ts";
import { madeConfig, madeConversation, madeRequests } from "./grammar.ts";
import { latin1, mutated } from "./mutation.ts";
import type { Recordings } from "./recordings.ts";

/** What an attacker works with. */
export interface Attack {
  readonly random: Random;
  readonly recordings: Recordings;
  /** `performance.now` at which it is over. */
  readonly untilMs: number;
  /** Counts what was thrown, for the report. */
  readonly thrown: { count: number };
  /** The least time from one throw at a port to the next, ms; 0 is as fast as it goes. */
  readonly intervalMs: number;
}

/** A parser that costs the processor more for one of these small files has something quadratic in it, ms. */
const CONFIG_MS_MAX = 2000;
const ANSWER_WAIT_MS = 30;

async function throwAt(port: number, bytes: Uint8Array, random: Random): Promise<void> {
  const socket = await HostileSocket.open(port);
  const reading = socket.readToEnd();
  for (let at = 0; at < bytes.length;) {
    const count = random.chance(70) ? bytes.length : random.between(1, 1000);
    if (!await Promise.race([socket.write(bytes.subarray(at, at + count)), sleep(500)])) break;
    at += count;
  }
  if (random.chance(50)) await socket.closeWrite();
  await Promise.race([reading, sleep(random.between(0, ANSWER_WAIT_MS))]);
  socket.close();
  await reading;
}

/** Throws what `make` makes at a port until the time is over. */
export async function throwAll(
  port: number,
  attack: Attack,
  make: () => Uint8Array,
): Promise<void> {
  const { random, untilMs, thrown, intervalMs } = attack;
  for (; performance.now() < untilMs; thrown.count++) {
    const nextMs = performance.now() + intervalMs;
    await throwAt(port, make(), random);
    const earlyMs = nextMs - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
  }
}

/** Something made up or recorded, and spoiled more often than not. */
export function spoiled(
  random: Random,
  make: (random: Random) => Uint8Array,
  recorded: readonly Uint8Array[],
): Uint8Array {
  const made = random.chance(40) ? make(random) : random.pick(recorded);
  return random.chance(80) ? mutated(made, random.pick(recorded), random) : made;
}

/** Throws conversations at a port of the protocol. */
export function attackTcp(port: number, attack: Attack): Promise<void> {
  const { random, recordings: { conversations } } = attack;
  return throwAll(port, attack, () => spoiled(random, madeConversation, conversations));
}

/** Throws requests at a port of the HTTP API, or of HTTPS. */
export function attackHttp(port: number, attack: Attack): Promise<void> {
  const { random, recordings: { requests } } = attack;
  return throwAll(port, attack, () => spoiled(random, madeRequests, requests));
}

const HELLO = latin1(
  "\u0016\u0003\u0001\0\u0034\u0001\0\0\u0030\u0003\u0003" + "r".repeat(32) +
    "\0\0\u0002\u00c0\u002f\u0001\0\0\u0005\0\u00ff\u0001\0\u0001\0",
);

/** Throws handshakes at a port of HTTPS. */
export function attackTls(port: number, attack: Attack): Promise<void> {
  const { random, recordings: { requests } } = attack;
  return throwAll(port, attack, () => mutated(HELLO, random.pick(requests), random));
}

/** Reads config files, as a broker does at its start. Throws at the first that has any other effect than it should. */
export async function attackConfig(attack: Attack): Promise<void> {
  const { random, recordings: { configs }, untilMs, thrown } = attack;
  for (; performance.now() < untilMs; thrown.count++) {
    const made = random.chance(60) || configs.length === 0
      ? madeConfig(random)
      : random.pick(configs);
    const bytes = mutated(latin1(made), latin1(madeConfig(random)), random);
    const text = random.chance(70) ? String.fromCharCode(...bytes.subarray(0, 20_000)) : made;
    readConfig(text);
    await sleep(1);
  }
}

function readConfig(text: string): void {
  const startMs = threadProcessorMs();
  try {
    resolveNsqdOptions(["--config=fuzz"], { hostname: "fuzz", readTextFile: () => text });
  } catch (error) {
    if (!(error instanceof OptionError)) {
      throw new Error(`This config file is not refused but breaks: ${JSON.stringify(text)}`, {
        cause: error,
      });
    }
  }
  const tookMs = threadProcessorMs() - startMs;
  if (tookMs > CONFIG_MS_MAX) throw new Error(`It cost ${tookMs} ms: ${JSON.stringify(text)}`);
}
