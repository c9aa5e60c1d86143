// Pieces with their length in front: int32, big-endian, then as many bytes. Any byte may be in a message this way.
// A length of 0 is an empty piece; a negative one leaves no way to find the next.

import { MalformedInput, type Piece, PieceBuffer, type PieceSplitter } from "./piece_splitter.ts";

const LENGTH_BYTES = 4;

/** Cuts by announced lengths. */
export class LengthPrefixSplitter implements PieceSplitter {
  readonly #body: PieceBuffer;
  readonly #length = new Uint8Array(LENGTH_BYTES);
  #lengthBytes = 0;
  #announcedBytes = 0;
  #number = 0;

  /** Pieces longer than `bytesMax` lose their bytes. */
  constructor(bytesMax: number) {
    this.#body = new PieceBuffer(bytesMax);
  }

  /** Hands out the pieces that this chunk completes. Throws MalformedInput at a negative length. */
  push(chunk: Uint8Array, onPiece: (piece: Piece) => void): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#lengthBytes < LENGTH_BYTES) at = this.#readLength(chunk, at);
      else at = this.#readBody(chunk, at, onPiece);
    }
  }

  /** Throws MalformedInput when the input stopped inside a piece. */
  end(): void {
    if (this.#lengthBytes === 0) return;
    const which = this.#lengthBytes < LENGTH_BYTES ? this.#number + 1 : this.#number;
    throw new MalformedInput(`message ${which} is cut short by the end of the input`);
  }

  #readLength(chunk: Uint8Array, at: number): number {
    const count = Math.min(LENGTH_BYTES - this.#lengthBytes, chunk.length - at);
    this.#length.set(chunk.subarray(at, at + count), this.#lengthBytes);
    this.#lengthBytes += count;
    if (this.#lengthBytes === LENGTH_BYTES) this.#beginBody();
    return at + count;
  }

  #beginBody(): void {
    this.#number++;
    this.#announcedBytes = new DataView(this.#length.buffer).getInt32(0);
    if (this.#announcedBytes < 0) {
      throw new MalformedInput(
        `message ${this.#number} says it has ${this.#announcedBytes} bytes; the rest cannot be read`,
      );
    }
    if (this.#announcedBytes === 0) this.#lengthBytes = 0;
  }

  #readBody(chunk: Uint8Array, at: number, onPiece: (piece: Piece) => void): number {
    const count = Math.min(this.#announcedBytes - this.#body.totalBytes, chunk.length - at);
    this.#body.add(chunk.subarray(at, at + count));
    if (this.#body.totalBytes === this.#announcedBytes) {
      this.#lengthBytes = 0;
      onPiece(this.#body.take(this.#number));
    }
    return at + count;
  }
}
