// A checkpoint: the state of a topic at one place of its log, so that start-up need not read what lies before.
//
//   offset 0   8 bytes  "NSQCKP1\n"
//   offset 8   u32      CRC-32 of everything from offset 12 on
//   offset 12  u32      0
//   offset 16  place:   f64 segment | f64 offset            covers every record before it
//              topic:   f64 next | f64 distributed | u32 is paused
//              ranges   holes
//              messages not distributed
//              u32 n, n * ( name | u32 flags: 1 paused, 2 assumed | f64 cursor | ranges finished | messages pending )
//
//   name     = u8 length | bytes
//   ranges   = u32 n | n * ( f64 first | f64 end )
//   messages = u32 n | n * ( f64 number | f64 due wall ms | f64 segment, -1 if unknown | f64 offset | u16 attempts )
//
// Big-endian. Invariant: what is decoded is what was encoded, or nothing.

import { crc32 } from "node:zlib";
import { byteString } from "../base/byte_string.ts";
import { IntervalSet } from "../base/interval_set.ts";
import { isValidName } from "../wire/names.ts";
import { PendingMessages, type Place } from "./pending_messages.ts";
import { type ChannelState, emptyChannelState, type TopicState } from "./topic_state.ts";

const MAGIC = new TextEncoder().encode("NSQCKP1\n");
const CHECKED_FROM = 12;
const HEAD_BYTES = 16;
const PLACE_AND_TOPIC_BYTES = 4 * 8 + 4;
const RANGE_BYTES = 16;
const MESSAGE_BYTES = 34;
const NO_PLACE = -1;
const FLAG_PAUSED = 1;
const FLAG_ASSUMED = 2;

/** A state and the place in the log that it stands for. */
export interface Checkpoint {
  readonly state: TopicState;
  /** Every record before it is in the state, none behind it is. Those before it were synced when this was written. */
  readonly position: Place;
}

/** The bytes of a checkpoint. */
export function encodeCheckpoint(state: TopicState, position: Place): Uint8Array<ArrayBuffer> {
  const writer = new Writer(checkpointBytes(state));
  writer.bytes(MAGIC);
  writer.skip(HEAD_BYTES - MAGIC.length);
  for (const number of [position.segment, position.offset]) writer.number(number);
  for (const number of [state.next, state.distributed]) writer.number(number);
  writer.uint32(state.isPaused ? 1 : 0);
  writer.ranges(state.holes);
  writer.messages(state.undistributed);
  writer.uint32(state.channels.size);
  for (const [name, channel] of state.channels) writer.channel(name, channel);
  return writer.sealed();
}

function checkpointBytes(state: TopicState): number {
  let length = HEAD_BYTES + PLACE_AND_TOPIC_BYTES + rangesBytes(state.holes) +
    messagesBytes(state.undistributed) + 4;
  for (const [name, { finished, pending }] of state.channels) {
    length += 1 + name.length + 4 + 8 + rangesBytes(finished) + messagesBytes(pending);
  }
  return length;
}

function rangesBytes(set: IntervalSet): number {
  return 4 + set.rangeCount * RANGE_BYTES;
}

function messagesBytes(messages: PendingMessages): number {
  return 4 + messages.size * MESSAGE_BYTES;
}

class Writer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  skip(length: number): void {
    this.#at += length;
  }

  number(value: number): void {
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  uint32(value: number): void {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  ranges(set: IntervalSet): void {
    this.uint32(set.rangeCount);
    for (const [first, end] of set.ranges()) {
      this.number(first);
      this.number(end);
    }
  }

  messages(messages: PendingMessages): void {
    this.uint32(messages.size);
    for (const { number, dueWallMs, place, attempts } of messages) {
      this.number(number);
      this.number(dueWallMs);
      this.number(place?.segment ?? NO_PLACE);
      this.number(place?.offset ?? 0);
      this.#view.setUint16(this.#at, attempts);
      this.#at += 2;
    }
  }

  channel(name: string, channel: ChannelState): void {
    this.#bytes[this.#at++] = name.length;
    for (let index = 0; index < name.length; index++) {
      this.#bytes[this.#at++] = name.charCodeAt(index);
    }
    this.uint32((channel.isPaused ? FLAG_PAUSED : 0) | (channel.isAssumed ? FLAG_ASSUMED : 0));
    this.number(channel.cursor);
    this.ranges(channel.finished);
    this.messages(channel.pending);
  }

  sealed(): Uint8Array<ArrayBuffer> {
    this.#view.setUint32(MAGIC.length, crc32(this.#bytes.subarray(CHECKED_FROM)));
    return this.#bytes;
  }
}

/** The checkpoint that `bytes` are; undefined when they are damaged, cut off or of another version. Never throws. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  if (bytes.length < HEAD_BYTES || MAGIC.some((byte, at) => bytes[at] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const claimed = view.getUint32(MAGIC.length);
  if (claimed !== crc32(bytes.subarray(CHECKED_FROM))) return undefined;
  try {
    return new Reader(bytes, view).checkpoint();
  } catch (error) {
    if (error instanceof MalformedCheckpoint) return undefined;
    throw error;
  }
}

class MalformedCheckpoint extends Error {
  override readonly name = "MalformedCheckpoint";
}

/** Every method throws MalformedCheckpoint for what is out of bounds. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = HEAD_BYTES;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  checkpoint(): Checkpoint {
    const position = { segment: this.#count(), offset: this.#count() };
    const state: TopicState = {
      next: this.#count(),
      distributed: this.#count(),
      isPaused: this.#uint32() !== 0,
      holes: this.#ranges(),
      undistributed: this.#messages(),
      channels: new Map(),
    };
    for (let left = this.#uint32(); left > 0; left--) {
      state.channels.set(this.#name(), this.#channel());
    }
    if (this.#at !== this.#bytes.length) throw new MalformedCheckpoint();
    return { state, position };
  }

  #channel(): ChannelState {
    const flags = this.#uint32();
    const channel = emptyChannelState(this.#count(), (flags & FLAG_ASSUMED) !== 0);
    channel.isPaused = (flags & FLAG_PAUSED) !== 0;
    channel.finished = this.#ranges();
    channel.pending = this.#messages();
    return channel;
  }

  #ranges(): IntervalSet {
    const set = new IntervalSet();
    for (let left = this.#listLength(RANGE_BYTES); left > 0; left--) {
      set.add(this.#count(), this.#count());
    }
    return set;
  }

  #messages(): PendingMessages {
    const messages = new PendingMessages();
    for (let left = this.#listLength(MESSAGE_BYTES); left > 0; left--) {
      const number = this.#count();
      const dueWallMs = this.#number();
      const segment = this.#number();
      const offset = this.#count();
      const attempts = this.#view.getUint16(this.#take(2));
      if (!(dueWallMs >= 0 && dueWallMs < Infinity)) throw new MalformedCheckpoint();
      if (segment === NO_PLACE) messages.set(number, attempts, dueWallMs);
      else messages.set(number, attempts, dueWallMs, { segment: asCount(segment), offset });
    }
    return messages;
  }

  /** The length of a list whose elements are so long, all of which are there. */
  #listLength(elementBytes: number): number {
    const length = this.#uint32();
    if (length * elementBytes > this.#bytes.length - this.#at) throw new MalformedCheckpoint();
    return length;
  }

  #name(): string {
    const length = this.#bytes[this.#take(1)]!;
    const start = this.#take(length);
    const name = byteString(this.#bytes, start, start + length);
    if (!isValidName(name)) throw new MalformedCheckpoint();
    return name;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  #number(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  #count(): number {
    return asCount(this.#number());
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new MalformedCheckpoint();
    this.#at += length;
    return start;
  }
}

function asCount(number: number): number {
  if (!Number.isSafeInteger(number) || number < 0) throw new MalformedCheckpoint();
  return number;
}
