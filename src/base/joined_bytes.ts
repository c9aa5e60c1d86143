// Pieces of bytes put together. Knows nothing of what they are.

/** The pieces one after the other, in bytes of their own. */
export function joinedBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The same without a copy where there is one piece: that one itself. */
export function oneOrJoined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : joinedBytes(pieces);
}
