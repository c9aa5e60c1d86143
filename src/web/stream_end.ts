// The end of a reply that is sent piece by piece.

/**
 * Gives the last piece, if there is one, and ends the stream; nothing happens when its reader has left. That he may do
 * while he is given the piece: the stream is then closed before it can be closed, which throws.
 */
export function endStream(
  controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  last?: Uint8Array<ArrayBuffer>,
): void {
  try {
    if (last !== undefined) controller.enqueue(last);
    controller.close();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
