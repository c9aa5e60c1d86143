// Where one message ends and the next begins in a stream of bytes: what all ways of splitting share.
// Knows neither files nor publishing.
// Invariant: no more than `bytesMax` bytes of an unfinished piece are kept, however long it is.

import { joinedBytes } from "../base/joined_bytes.ts";

/** One piece of an input. */
export interface Piece {
  /** Counted from 1 within its input, empty ones included. */
  readonly number: number;
  /** Its bytes; empty when there were more than `bytesMax`. */
  readonly body: Uint8Array;
  /** How many bytes it has. */
  readonly totalBytes: number;
}

/** Cuts chunks into pieces; empty pieces are counted and not handed out. */
export interface PieceSplitter {
  /** Takes the next chunk, which must not be written to afterwards. Throws MalformedInput. */
  push(chunk: Uint8Array, onPiece: (piece: Piece) => void): void;
  /** The input has ended. Throws MalformedInput when that leaves a piece that is none. */
  end(onPiece: (piece: Piece) => void): void;
}

/** The input cannot be cut any further; the message says why. */
export class MalformedInput extends Error {
  override readonly name = "MalformedInput";
}

/** Gathers the parts of one piece. */
export class PieceBuffer {
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  #totalBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many bytes have come, kept or not. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Adds a part; past the bound everything is let go and only counted. */
  add(part: Uint8Array): void {
    this.#totalBytes += part.length;
    if (this.#totalBytes > this.#bytesMax) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** The piece, under the given number; the buffer is empty afterwards. */
  take(number: number): Piece {
    const totalBytes = this.#totalBytes;
    const parts = this.#parts;
    this.#parts = [];
    this.#totalBytes = 0;
    return { number, body: parts.length === 1 ? parts[0]! : joinedBytes(parts), totalBytes };
  }
}

/** The whole input is one piece. */
export class WholeInput implements PieceSplitter {
  readonly #buffer: PieceBuffer;

  constructor(bytesMax: number) {
    this.#buffer = new PieceBuffer(bytesMax);
  }

  /** Keeps the chunk. */
  push(chunk: Uint8Array): void {
    this.#buffer.add(chunk);
  }

  /** Hands out everything. */
  end(onPiece: (piece: Piece) => void): void {
    if (this.#buffer.totalBytes > 0) onPiece(this.#buffer.take(1));
  }
}
