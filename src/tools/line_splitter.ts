// Pieces that end with a byte, such as lines. The last one needs no such byte: it is a piece as it stands.
// Also reads the byte as people write it on a command line.

import { type Piece, PieceBuffer, type PieceSplitter } from "./piece_splitter.ts";

/** Cuts at every occurrence of one byte. */
export class LineSplitter implements PieceSplitter {
  readonly #delimiter: number;
  readonly #bytesMax: number;
  readonly #buffer: PieceBuffer;
  #number = 0;

  /** `delimiter` is a byte; pieces longer than `bytesMax` lose their bytes. */
  constructor(delimiter: number, bytesMax: number) {
    this.#delimiter = delimiter;
    this.#bytesMax = bytesMax;
    this.#buffer = new PieceBuffer(bytesMax);
  }

  /** Hands out the pieces that this chunk completes. */
  push(chunk: Uint8Array, onPiece: (piece: Piece) => void): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(this.#delimiter, start);
      if (end < 0) break;
      this.#number++;
      if (this.#buffer.totalBytes > 0) {
        this.#buffer.add(chunk.subarray(start, end));
        onPiece(this.#buffer.take(this.#number));
      } else if (end > start) onPiece(this.#whole(chunk, start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#buffer.add(chunk.subarray(start));
  }

  /** Hands out what stands after the last delimiter. */
  end(onPiece: (piece: Piece) => void): void {
    if (this.#buffer.totalBytes > 0) onPiece(this.#buffer.take(++this.#number));
  }

  #whole(chunk: Uint8Array, start: number, end: number): Piece {
    const totalBytes = end - start;
    const isKept = totalBytes <= this.#bytesMax;
    return { number: this.#number, body: chunk.subarray(start, isKept ? end : start), totalBytes };
  }
}

const ESCAPES: Readonly<Record<string, number>> = {
  "\\n": 0x0a,
  "\\r": 0x0d,
  "\\t": 0x09,
  "\\0": 0x00,
  "\\\\": 0x5c,
};

/** The byte a person means: one byte, or `\n`, `\r`, `\t`, `\0`, `\\`, `\x1e`. Undefined for anything else. */
export function parseDelimiter(text: string): number | undefined {
  const hex = /^\\x([0-9a-fA-F]{2})$/.exec(text)?.[1];
  if (hex !== undefined) return parseInt(hex, 16);
  if (text in ESCAPES) return ESCAPES[text];
  const bytes = new TextEncoder().encode(text);
  return bytes.length === 1 ? bytes[0] : undefined;
}
