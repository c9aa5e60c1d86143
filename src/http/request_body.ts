// Bodies of requests, read piece by piece and never further than asked: a client cannot make the broker hold more
// bytes than it was going to use, whatever it announces.

import { buffers } from "../base/buffer_pool.ts";
import type { ApiRequest } from "../web/api_request.ts";
import type { Call } from "./call.ts";
import { TimeSlices } from "./time_slices.ts";

/** Bytes left free in front of a body, for the int32 that makes a message of it. */
export const HEADROOM_BYTES = 4;

/** Bodies up to this are fetched in one step: a reader costs 2 to 3 us more, of 12 for a whole request (measured). */
const ONE_STEP_BYTES_MAX = 64 * 1024;
const NOTHING = new Uint8Array(0);

/** The length the client announced; undefined for a body in chunks. */
export function announcedLength(request: ApiRequest): number | undefined {
  const { headers } = request;
  const length = headers.get("content-length");
  if (length !== null) return Number(length);
  return headers.has("transfer-encoding") ? undefined : 0;
}

/**
 * Gives the body to `take` piece by piece until that says false.
 * Throws HttpError `INTERNAL_ERROR` when the client breaks off, `BODY_TIMEOUT` when it takes too long; what `take`
 * throws passes through.
 */
export async function eachPiece(
  call: Pick<Call, "request" | "host">,
  length: number | undefined,
  take: (piece: Uint8Array) => boolean,
): Promise<void> {
  if (length === 0) return;
  if (isSmall(length)) {
    take(await atOnce(call));
    return;
  }
  const { request, host: { bodies, clock } } = call;
  const dueMs = bodies.dueMs();
  const reader = request.body!.getReader();
  // Pieces that wait already come without a turn of the event loop in between.
  const slices = new TimeSlices(clock);
  try {
    let isWanted = true;
    while (isWanted) {
      const { done, value } = await bodies.guard(reader.read(), dueMs);
      if (done) return;
      isWanted = take(value);
      await slices.pause();
    }
  } finally {
    // After the end this does nothing; before it, it tells the client to stop.
    reader.cancel().catch(() => {});
  }
}

function atOnce(
  { request, host: { bodies } }: Pick<Call, "request" | "host">,
): Promise<Uint8Array> {
  return bodies.guard(request.bytes(), bodies.dueMs());
}

function isSmall(length: number | undefined): length is number {
  return length !== undefined && length <= ONE_STEP_BYTES_MAX;
}

/** A body in memory: the bytes from `HEADROOM_BYTES` to `end`, until it is disposed of. */
export class RequestBody implements Disposable {
  bytes = NOTHING;
  end = HEADROOM_BYTES;
  readonly #endMax: number;

  /** @param lengthMax bytes it keeps at most; what comes after them is dropped */
  constructor(lengthMax: number) {
    this.#endMax = HEADROOM_BYTES + lengthMax;
  }

  /** How many bytes the body has. */
  get length(): number {
    return this.end - HEADROOM_BYTES;
  }

  /** Adds a piece. Says whether there is room for more. */
  take(piece: Uint8Array): boolean {
    const room = this.#endMax - this.end;
    const kept = piece.length <= room ? piece : piece.subarray(0, room);
    if (this.end + kept.length > this.bytes.length) this.#grow(this.end + kept.length);
    this.bytes.set(kept, this.end);
    this.end += kept.length;
    return this.end < this.#endMax;
  }

  #grow(needed: number): void {
    const grown = buffers.take(needed);
    grown.set(this.bytes.subarray(0, this.end));
    buffers.give(this.bytes);
    this.bytes = grown;
  }

  /** Nobody needs its bytes any more. */
  [Symbol.dispose](): void {
    buffers.give(this.bytes);
    this.bytes = NOTHING;
  }
}

/** Reads a body, but not more than `lengthMax` bytes of it; the caller disposes of it. Throws as `eachPiece`. */
export async function readBody(
  call: Pick<Call, "request" | "host">,
  length: number | undefined,
  lengthMax: number,
): Promise<RequestBody> {
  const body = new RequestBody(lengthMax);
  // The common case, without a promise more than it takes.
  if (isSmall(length) && length > 0) body.take(await atOnce(call));
  else await eachPiece(call, length, (piece) => body.take(piece));
  return body;
}
