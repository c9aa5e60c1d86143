// What a log knows of its topic when a broker starts: the state between two runs. Numbers are message numbers; times are
// on the monotonic clock.

/** A message that was handed out, given back or deferred, and is not finished. */
export interface StoredMessage {
  readonly number: number;
  /** Deliveries so far. */
  readonly attempts: number;
  /** When it is to come again; 0 is at once. */
  readonly dueMs: number;
}

/** A channel between two runs. */
export interface StoredChannel {
  readonly name: string;
  readonly isPaused: boolean;
  /** Number of the next message to take. */
  readonly cursor: number;
  /** Intervals [first, end) behind the cursor that are not to be taken: finished already, or among `unfinished`. */
  readonly skips: readonly (readonly [first: number, end: number])[];
  /** Messages behind the cursor that are to be taken. */
  readonly ahead: number;
  /** Handed out and not finished, in any order. */
  readonly unfinished: Iterable<StoredMessage>;
}

/** A topic between two runs. */
export interface StoredTopic {
  readonly isPaused: boolean;
  /** Number of its next message. */
  readonly next: number;
  /** Number of the first message no channel was given, and how many wait there; deferred ones apart. */
  readonly distributed: number;
  readonly undistributedCount: number;
  /** Deferred messages no channel was given. */
  readonly deferred: readonly StoredMessage[];
  readonly channels: readonly StoredChannel[];
}
