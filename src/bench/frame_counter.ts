/**
 * Counts the frames a server sends and prepares the replies a consumer owes, without an allocation
 * per message. It refuses to know sockets: its owner reads into `space()`, calls `accept()` and
 * writes `replies()` in one go.
 * Invariant: `counted` bytes never exceed what was read; a frame may be split at any byte.
 */

/** What the counter looks at of a message: its head, and the eight bytes a latency probe reads. */
const MESSAGE_HEAD_BYTES = 34;
const PROBE_BYTES = 8;
const ID_AT = 18;
const FINISH_BYTES = 21;
const ERROR_TEXT_BYTES_MAX = 512;
const NOP = new TextEncoder().encode("NOP\n");
const FINISH = new TextEncoder().encode("FIN ");

/** How a counter is to behave. */
export interface FrameCounterSettings {
  /** Bytes of the read buffer, at least 1024. */
  readonly bufferBytes: number;
  /** True where each message is to be answered with FIN. */
  readonly finishes: boolean;
  /** Called for each message with the place of its body; used where a body carries a time. */
  readonly onMessage?: (view: DataView, bodyAt: number) => void;
}

/** Counts frames of one connection. */
export class FrameCounter {
  /** Message frames seen. */
  messages = 0;
  /** `OK` frames seen. */
  oks = 0;
  /** The text of the first error frame, or null. */
  failure: string | null = null;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #replies: Uint8Array<ArrayBuffer>;
  readonly #finishes: boolean;
  readonly #onMessage: ((view: DataView, bodyAt: number) => void) | null;
  #repliesLength = 0;
  #filled = 0;
  #skip = 0;

  constructor(settings: FrameCounterSettings) {
    this.#buffer = new Uint8Array(settings.bufferBytes);
    this.#view = new DataView(this.#buffer.buffer);
    // A message frame is longer than its FIN and a heartbeat longer than its NOP: this never fills.
    this.#replies = new Uint8Array(settings.bufferBytes + FINISH_BYTES);
    this.#finishes = settings.finishes;
    this.#onMessage = settings.onMessage ?? null;
  }

  /** Where the next read goes; valid until `accept()`. */
  space(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#filled);
  }

  /** Takes in `length` bytes that were read into `space()`; forgets the earlier replies. */
  accept(length: number): void {
    this.#repliesLength = 0;
    const end = this.#filled + length;
    const skipped = Math.min(this.#skip, end);
    this.#skip -= skipped;
    const rest = this.#count(skipped, end);
    this.#skip += Math.max(rest - end, 0);
    this.#buffer.copyWithin(0, Math.min(rest, end), end);
    this.#filled = Math.max(end - rest, 0);
  }

  /** FINs and NOPs owed for the bytes of the last `accept()`; valid until the next. */
  replies(): Uint8Array<ArrayBuffer> {
    return this.#replies.subarray(0, this.#repliesLength);
  }

  /** Counts frames from `at`; returns where the first one starts that is not all there yet. */
  #count(at: number, end: number): number {
    const view = this.#view;
    while (end - at >= 8) {
      const size = view.getInt32(at);
      const type = view.getInt32(at + 4);
      if (end - at < neededBytes(type, size)) break;
      if (type === 2) this.#takeMessage(at, size);
      else if (!this.#takeOther(type, at, size)) return end;
      at += 4 + size;
    }
    return at;
  }

  #takeMessage(at: number, size: number): void {
    this.messages++;
    if (this.#finishes) this.#finish(at + ID_AT);
    if (this.#onMessage !== null && size >= MESSAGE_HEAD_BYTES - 4 + PROBE_BYTES) {
      this.#onMessage(this.#view, at + MESSAGE_HEAD_BYTES);
    }
  }

  #finish(idAt: number): void {
    const replies = this.#replies;
    const from = this.#buffer;
    let at = this.#repliesLength;
    for (let index = 0; index < 4; index++) replies[at++] = FINISH[index]!;
    // A loop of 16 bytes: a subarray and set() would make an object per message.
    for (let index = 0; index < 16; index++) replies[at++] = from[idAt + index]!;
    replies[at++] = 10;
    this.#repliesLength = at;
  }

  /** Takes a response or an error; false where the stream cannot be followed any further. */
  #takeOther(type: number, at: number, size: number): boolean {
    if (type === 0 && size >= 4) {
      const first = size > 4 ? this.#buffer[at + 8] : 0;
      if (first === 0x4f && size === 6) this.oks++;
      else if (first === 0x5f) this.#beat();
      return true;
    }
    const text = this.#buffer.subarray(at + 8, at + 4 + Math.min(size, ERROR_TEXT_BYTES_MAX));
    this.failure ??= type === 1
      ? new TextDecoder().decode(text)
      : `the server sent a frame of type ${type} and size ${size}`;
    return type === 1;
  }

  #beat(): void {
    this.#replies.set(NOP, this.#repliesLength);
    this.#repliesLength += NOP.length;
  }
}

/** How many bytes of a frame must be there before it is counted. */
function neededBytes(type: number, size: number): number {
  if (type === 2) return Math.min(4 + size, MESSAGE_HEAD_BYTES + PROBE_BYTES);
  if (type === 0) return Math.min(4 + size, 9);
  return type === 1 ? 4 + Math.min(size, ERROR_TEXT_BYTES_MAX) : 8;
}
