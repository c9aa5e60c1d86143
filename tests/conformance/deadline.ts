/**
 * Waiting with an end: a point in time, and a promise that may not be there by then.
 *
 * Knows the clock only. A promise that comes too late is not cancelled; its owner keeps it.
 */

/** A point in time some milliseconds from now. */
export class Deadline {
  readonly #atMs: number;

  /** `waitMs` milliseconds from now; may be 0. */
  constructor(waitMs: number) {
    this.#atMs = performance.now() + waitMs;
  }

  /** Milliseconds until then, never below 0. */
  get leftMs(): number {
    return Math.max(0, this.#atMs - performance.now());
  }

  /** Whether that time has come. */
  get isOver(): boolean {
    return this.leftMs === 0;
  }
}

/** What `settleWithin` gives when the promise was not settled in time. */
export const TOO_LATE = Symbol("too late");

/** The promise's value, or `TOO_LATE` after `waitMs` milliseconds; rejects if the promise does. */
export async function settleWithin<Value>(
  promise: Promise<Value>,
  waitMs: number,
): Promise<Value | typeof TOO_LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof TOO_LATE>((resolve) => {
    timer = setTimeout(() => resolve(TOO_LATE), waitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles after that many milliseconds. */
export function pause(waitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, waitMs));
}
