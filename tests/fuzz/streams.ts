/**
 * Compressed streams, spoiled, read inside the test: a decompressor gives bytes, an end or a `TransportError`, and
 * never more than a stream of that size can honestly hold at a time.
 */
import { DeflateTransport } from "../../src/transport/deflate.ts";
import { SnappyTransport } from "../../src/transport/snappy_frames.ts";
import { type Transport, TransportError } from "../../src/transport/transport.ts";
import { joinBytes } from "../conformance/vectors.ts";
import { type Random, sleep } from "../soak/random.ts";
import { pipePair } from "../transport/byte_pipe.ts";
import type { Attack } from "./attackers.ts";
import { latin1, mutated } from "./mutation.ts";

/** Nobody reads on for ever: a bomb is a bomb by then. */
const READ_BYTES_MAX = 1024 * 1024;

type Wrap = (inner: Transport) => Transport;

const WRAPS: readonly Wrap[] = [
  (inner) => new SnappyTransport(inner),
  (inner) => new DeflateTransport(inner, 6),
];

/** Something to compress: noise, or the same again and again. */
function madeContent(random: Random): Uint8Array {
  const piece = random.bytes(random.between(1, 200));
  return joinBytes(Array(random.between(1, 200)).fill(piece)).subarray(0, 60_000);
}

async function compressed(wrap: Wrap, random: Random): Promise<Uint8Array> {
  const [near] = pipePair();
  const transport = wrap(near);
  for (let left = random.between(1, 4); left > 0; left--) {
    const content = madeContent(random);
    for (let at = 0; at < content.length;) at += await transport.write(content.subarray(at));
  }
  transport.close();
  return joinBytes(near.written);
}

async function read(wrap: Wrap, stream: Uint8Array, random: Random): Promise<void> {
  const [near, far] = pipePair(random.between(100, 5000));
  await near.write(stream);
  await near.closeWrite();
  const transport = wrap(far);
  const into = new Uint8Array(random.between(500, 5000));
  try {
    for (let total = 0; total < READ_BYTES_MAX;) {
      const count = await transport.read(into);
      if (count === null) break;
      total += count;
    }
  } catch (error) {
    if (!(error instanceof TransportError)) {
      const text = `This stream is not refused but breaks: ${[...stream]}`;
      throw new Error(text, { cause: error });
    }
  } finally {
    transport.close();
  }
}

/** Reads spoiled streams; throws at the first that has any other effect than it should. */
export async function attackStreams(attack: Attack): Promise<void> {
  const { random, untilMs, thrown } = attack;
  for (; performance.now() < untilMs; thrown.count++) {
    const wrap = random.pick(WRAPS);
    const stream = await compressed(wrap, random);
    const other = random.chance(50) ? stream : latin1("\u00ff\u0006\0\0sNaPpY");
    await read(wrap, mutated(stream, other, random), random);
    // The healthy client lives in this thread, too.
    await sleep(5);
  }
}
