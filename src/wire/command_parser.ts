// Bytes to commands. A client sends
//
//   COMMAND[ SP param]* LF                        line; a CR before the LF is dropped; at most 16384 bytes with LF
//   COMMAND[ SP param]* LF int32 size, size bytes  message (PUB, DPUB) or document (IDENTIFY, AUTH)
//   MPUB SP topic LF int32 size, int32 count, count * (int32 size, size bytes)
//
// and may split or join these at any byte. The parser owns one buffer: a connection reads into `space()`, says how much
// with `filled()`, and `consume()` hands each whole command to the sink. Between those calls `start <= at <= end`, and
// everything before `start` is done with. Offsets of parameters and body are relative to `start`, so moving the bytes
// down does not disturb them. It knows limits and texts of bodies, and nothing of what commands do.

import { assert } from "../base/assert.ts";
import { buffers } from "../base/buffer_pool.ts";
import { byteString } from "../base/byte_string.ts";
import { type CommandName, commands } from "./commands.ts";
import { ProtocolError } from "./errors.ts";

/** Who is given the commands. Both may throw `ProtocolError`; after that the parser must not be used again if it is fatal. */
export interface CommandSink {
  /** The line is complete, the body (if any) not read yet: the place to refuse. */
  begin(name: CommandName): void;
  /** The command is complete. Parameters and body may be read until it returns. */
  execute(name: CommandName): void;
  /** What to answer to a word that is no command, if not the usual. */
  refuseUnknown?(word: string): ProtocolError | undefined;
}

/** Bounds of what a client may send, in bytes. */
export interface BodyLimits {
  /** One message. */
  maxMsgSize: number;
  /** A document or a whole batch. */
  maxBodySize: number;
}

/** Longest command line, with its LF. */
export const LINE_BYTES_MAX = 16384;

/** Parameters of a line that can be asked for; further ones are only counted. */
export const PARAMETERS_KEPT = 4;

/**
 * Largest IDENTIFY and AUTH. Upstream takes as much as a batch may have; but who sends them is not known yet, and five
 * megabytes of JSON hold everybody up for most of a second (measured).
 */
export const DOCUMENT_BYTES_MAX = 64 * 1024;

const CAPACITY_BYTES_START = 512;
/** A busy connection's buffer: large enough to make a read's fixed cost (10 us) small against its contents. */
const CAPACITY_BYTES_BUSY = 256 * 1024;
/** After so many reads in a row that a quarter of the buffer would have held, it is halved. */
const SMALL_READS_MAX = 32;

const NO_BYTES = new Uint8Array(0);
const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;

type Stage =
  | "line"
  | "size"
  | "body"
  | "batch size"
  | "batch count"
  | "batch message size"
  | "batch message";

/** All twelve names differ in their first four bytes (three-letter ones padded with 0). */
const names = new Map<number, CommandName>();
for (const name of Object.keys(commands) as CommandName[]) names.set(keyOfText(name), name);

function keyOfText(name: string): number {
  let key = 0;
  for (let index = 0; index < 4; index++) key = (key << 8) | (name.charCodeAt(index) || 0);
  return key;
}

/** Turns the bytes of one connection into commands. */
export class CommandParser {
  /** The buffer; replaced when it grows, so never keep it across a call of `space` or `consume`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(CAPACITY_BYTES_START);
  /** Messages in the body of the current MPUB. */
  batchCount = 0;

  #start = 0;
  #at = 0;
  #end = 0;
  #stage: Stage = "line";
  #name: CommandName = "NOP";
  readonly #spaces: number[] = [0, 0, 0, 0, 0];
  #spaceCount = 0;
  #lineEnd = 0;
  #bodyStart = 0;
  #bodyBytes = 0;
  #batchDone = 0;
  #smallReads = 0;
  #isHeld = false;
  readonly #limits: BodyLimits;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Whether a command has begun to arrive and is not complete. */
  get isMidCommand(): boolean {
    return this.#end > this.#start;
  }

  /** How many parameters the current line has, extra ones included. */
  get parameterCount(): number {
    return this.#spaceCount;
  }

  /** Where parameter `index` begins in `bytes`; only the first four are kept. */
  parameterStart(index: number): number {
    return this.#start + this.#spaces[index]! + 1;
  }

  /** Where parameter `index` ends (exclusive) in `bytes`. */
  parameterEnd(index: number): number {
    const isLast = index === this.#spaceCount - 1;
    return this.#start + (isLast ? this.#lineEnd : this.#spaces[index + 1]!);
  }

  /** Parameter `index` as a byte string. */
  parameter(index: number): string {
    return byteString(this.bytes, this.parameterStart(index), this.parameterEnd(index));
  }

  /** Where the body begins: for `message` at its int32 size, for `batch` at the size of its first message, else at the document. */
  get bodyStart(): number {
    return this.#start + this.#bodyStart;
  }

  /** Where the body ends (exclusive). */
  get bodyEnd(): number {
    return this.#at;
  }

  /** Free room to read into, never empty. Grows geometrically: memory follows bytes received, not sizes announced. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start > 0) this.#moveDown();
    if (this.#end === this.bytes.length) this.#grow();
    else if (this.#end === 0 && this.#isTooLarge) this.#shrink();
    return this.#end === 0 ? this.bytes : this.bytes.subarray(this.#end);
  }

  /** Says that `count` bytes were read into `space()`. */
  filled(count: number): void {
    const isFull = this.#end + count === this.bytes.length;
    this.#smallReads = count * 4 < this.bytes.length ? this.#smallReads + 1 : 0;
    this.#end += count;
    assert(this.#end <= this.bytes.length, "the parser's buffer holds what was read");
    if (isFull && this.bytes.length < CAPACITY_BYTES_BUSY) this.#grow();
  }

  /** The connection is over: the buffer goes to others. Nothing may be called afterwards. */
  release(): void {
    this.#use(NO_BYTES);
  }

  /** Takes `count` bytes out before the first command, as the magic; undefined while there are fewer. */
  take(count: number): Uint8Array | undefined {
    if (this.#end - this.#start < count) return undefined;
    this.#start += count;
    this.#at = this.#start;
    return this.bytes.subarray(this.#start - count, this.#start);
  }

  /** Takes out what came behind the latest command: it belongs to whoever reads the connection next. */
  takeRest(): Uint8Array {
    const rest = this.bytes.slice(this.#at, this.#end);
    this.#end = this.#at;
    return rest;
  }

  /** Copies bytes in, as tests do. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const space = this.space();
      const count = Math.min(space.length, chunk.length - at);
      space.set(chunk.subarray(at, at + count));
      this.filled(count);
      at += count;
    }
  }

  /**
   * To be called by the sink: `consume` returns after this command, and goes on when it is called next. Held in `begin`,
   * the command has not begun: its line is handed over again then.
   */
  hold(): void {
    this.#isHeld = true;
  }

  /** Whether `hold` was called since `consume` was. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /**
   * Hands every whole command to the sink, until it holds. False when the line is longer than allowed: the connection is then to be
   * closed without a word.
   * @throws {ProtocolError} from the sink, and for malformed bodies
   */
  consume(sink: CommandSink): boolean {
    this.#isHeld = false;
    while (this.#step(sink) && !this.#isHeld);
    return this.#stage !== "line" || this.#at - this.#start < LINE_BYTES_MAX;
  }

  /**
   * The client will send no more.
   * @throws {ProtocolError} when it stopped inside a body
   */
  endOfInput(): void {
    const name = this.#name;
    if (this.#stage === "line") return;
    if (commands[name].body === "message") {
      const what = this.#stage === "size" ? "message body size" : "message body";
      throw new ProtocolError("E_BAD_MESSAGE", `${name} failed to read ${what}`);
    }
    if (commands[name].body === "document" || this.#stage === "batch size") {
      const what = this.#stage === "body" ? "body" : "body size";
      throw new ProtocolError("E_BAD_BODY", `${name} failed to read ${what}`);
    }
    if (this.#stage === "batch count") {
      throw new ProtocolError("E_BAD_BODY", "MPUB failed to read message count");
    }
    const what = this.#stage === "batch message"
      ? "message body"
      : `message(${this.#batchDone}) body size`;
    throw new ProtocolError("E_BAD_MESSAGE", `MPUB failed to read ${what}`);
  }

  #step(sink: CommandSink): boolean {
    switch (this.#stage) {
      case "line":
        return this.#line(sink);
      case "size":
        return this.#size();
      case "body":
        return this.#body(sink);
      case "batch size":
        return this.#batchSize();
      case "batch count":
        return this.#batchCount();
      case "batch message size":
      case "batch message":
        return this.#batchMessages(sink);
    }
  }

  #line(sink: CommandSink): boolean {
    const bytes = this.bytes;
    const end = Math.min(this.#end, this.#start + LINE_BYTES_MAX);
    let at = this.#at;
    let byte = 0;
    for (; at < end; at++) {
      byte = bytes[at]!;
      if (byte === LF) break;
      if (byte === SPACE) this.#space(at - this.#start);
    }
    this.#at = at;
    if (at === end) return false;
    const isCarried = at > this.#start && bytes[at - 1] === CR;
    this.#lineEnd = at - this.#start - (isCarried ? 1 : 0);
    this.#at++;
    this.#name = this.#commandName(sink);
    sink.begin(this.#name);
    return this.#isHeld ? this.#lineAgain() : this.#beginBody(sink);
  }

  #lineAgain(): boolean {
    this.#at = this.#start;
    this.#spaceCount = 0;
    return false;
  }

  #space(offset: number): void {
    if (this.#spaceCount <= PARAMETERS_KEPT) this.#spaces[this.#spaceCount] = offset;
    this.#spaceCount++;
  }

  #commandName(sink: CommandSink): CommandName {
    const start = this.#start;
    const length = this.#spaceCount > 0 ? this.#spaces[0]! : this.#lineEnd;
    let key = 0;
    for (let index = 0; index < 4; index++) {
      key = (key << 8) | (index < length ? this.bytes[start + index]! : 0);
    }
    const name = names.get(key);
    if (name !== undefined && name.length === length) {
      if (length <= 4 || byteString(this.bytes, start, start + length) === name) return name;
    }
    const word = byteString(this.bytes, start, start + length);
    throw sink.refuseUnknown?.(word) ??
      new ProtocolError("E_INVALID", `invalid command ${word}`);
  }

  #beginBody(sink: CommandSink): boolean {
    const body = commands[this.#name].body;
    if (body === "none") {
      this.#complete(sink);
      return true;
    }
    this.#stage = body === "batch" ? "batch size" : "size";
    return true;
  }

  #size(): boolean {
    if (this.#end - this.#at < 4) return false;
    const size = this.#int32(this.#at);
    if (commands[this.#name].body === "message") {
      this.#checkMessageSize(size);
      this.#bodyStart = this.#at - this.#start;
    } else {
      this.#checkDocumentSize(size);
      this.#bodyStart = this.#at + 4 - this.#start;
    }
    this.#at += 4;
    this.#bodyBytes = size;
    this.#stage = "body";
    return true;
  }

  #checkMessageSize(size: number): void {
    const { maxMsgSize } = this.#limits;
    if (size <= 0) {
      throw new ProtocolError("E_BAD_MESSAGE", `${this.#name} invalid message body size ${size}`);
    }
    if (size > maxMsgSize) {
      const text = `${this.#name} message too big ${size} > ${maxMsgSize}`;
      throw new ProtocolError("E_BAD_MESSAGE", text);
    }
  }

  #checkDocumentSize(size: number): void {
    const { maxBodySize } = this.#limits;
    // Who breaks upstream's limit is told that one.
    const sizeMax = size > maxBodySize ? maxBodySize : DOCUMENT_BYTES_MAX;
    if (size > sizeMax) {
      throw new ProtocolError("E_BAD_BODY", `${this.#name} body too big ${size} > ${sizeMax}`);
    }
    if (size <= 0) {
      throw new ProtocolError("E_BAD_BODY", `${this.#name} invalid body size ${size}`);
    }
  }

  #body(sink: CommandSink): boolean {
    if (this.#end - this.#at < this.#bodyBytes) return false;
    this.#at += this.#bodyBytes;
    this.#complete(sink);
    return true;
  }

  #batchSize(): boolean {
    if (this.#end - this.#at < 4) return false;
    const size = this.#int32(this.#at);
    if (size <= 0) throw new ProtocolError("E_BAD_BODY", `MPUB invalid body size ${size}`);
    this.#checkBatchBytes(size);
    this.#at += 4;
    this.#stage = "batch count";
    return true;
  }

  #checkBatchBytes(size: number): void {
    const { maxBodySize } = this.#limits;
    if (size > maxBodySize) {
      throw new ProtocolError("E_BAD_BODY", `MPUB body too big ${size} > ${maxBodySize}`);
    }
  }

  #batchCount(): boolean {
    if (this.#end - this.#at < 4) return false;
    const count = this.#int32(this.#at);
    // Upstream's bound: a message takes at least five bytes, its size and one of body.
    if (count <= 0 || count > Math.floor((this.#limits.maxBodySize - 4) / 5)) {
      throw new ProtocolError("E_BAD_BODY", `MPUB invalid message count ${count}`);
    }
    this.#at += 4;
    this.#bodyStart = this.#at - this.#start;
    this.batchCount = count;
    this.#batchDone = 0;
    this.#stage = "batch message size";
    return true;
  }

  /** Walks the messages that are there. The announced body size does not bound them [quirk], the limit on a body does. */
  #batchMessages(sink: CommandSink): boolean {
    const end = this.#end;
    let at = this.#at;
    while (this.#batchDone < this.batchCount) {
      this.#stage = "batch message size";
      if (end - at < 4) break;
      const size = this.#int32(at);
      this.#checkBatchMessage(size, at + 4 + size - this.#start - this.#bodyStart);
      this.#stage = "batch message";
      if (end - at - 4 < size) break;
      at += 4 + size;
      this.#batchDone++;
    }
    this.#at = at;
    if (this.#batchDone < this.batchCount) return false;
    this.#complete(sink);
    return true;
  }

  #checkBatchMessage(size: number, batchBytes: number): void {
    const { maxMsgSize, maxBodySize } = this.#limits;
    if (size <= 0) {
      const text = `MPUB invalid message(${this.#batchDone}) body size ${size}`;
      throw new ProtocolError("E_BAD_MESSAGE", text);
    }
    if (size > maxMsgSize) {
      throw new ProtocolError("E_BAD_MESSAGE", `MPUB message too big ${size} > ${maxMsgSize}`);
    }
    if (batchBytes > maxBodySize + maxMsgSize) this.#checkBatchBytes(batchBytes);
  }

  #complete(sink: CommandSink): void {
    this.#stage = "line";
    try {
      sink.execute(this.#name);
    } finally {
      this.#start = this.#at;
      this.#spaceCount = 0;
    }
  }

  #int32(at: number): number {
    const bytes = this.bytes;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  #moveDown(): void {
    const start = this.#start;
    if (start < this.#end) this.bytes.copyWithin(0, start, this.#end);
    this.#start = 0;
    this.#at -= start;
    this.#end -= start;
  }

  /** Beyond what a busy connection needs there was one large body: nobody keeps room for another. */
  get #isTooLarge(): boolean {
    return this.#smallReads > SMALL_READS_MAX || this.bytes.length > CAPACITY_BYTES_BUSY;
  }

  #shrink(): void {
    this.#smallReads = 0;
    const half = Math.max(CAPACITY_BYTES_START, this.bytes.length / 2);
    const length = Math.min(half, CAPACITY_BYTES_BUSY);
    if (length < this.bytes.length) this.#use(buffers.take(length));
  }

  #grow(): void {
    const grown = buffers.take(this.bytes.length * 2);
    grown.set(this.bytes.subarray(0, this.#end));
    this.#use(grown);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    buffers.give(this.bytes);
    this.bytes = bytes;
  }
}
