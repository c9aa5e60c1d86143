// What an operator does to single messages of a channel that wait outside its log: deferred and requeued ones. A message
// in flight belongs to its consumer, one that was never delivered to the cursor: neither is found here.
// Invariant: what is claimed is in no other place, and goes back there or is finished.

import type { DeferredMessages, DueMessage } from "./deferred.ts";
import type { ChannelJournal } from "./log.ts";
import type { RequeuedMessages } from "./requeued.ts";

/** A message taken out of its channel while something is done with it elsewhere. */
export interface Claim extends DueMessage {
  /** When it is due; 0 when it was requeued. */
  readonly dueMs: number;
}

/** What of a channel is needed. */
export interface SingleMessagesOwner {
  readonly requeued: RequeuedMessages;
  readonly deferred: DeferredMessages;
  readonly claims: Map<number, Claim>;
  readonly journal: ChannelJournal;
  /** The message is to be delivered as soon as its turn comes, or at `dueMs` if that is not 0. */
  putBack(message: Claim): void;
}

/** Single messages of one channel, by number. */
export class SingleMessages {
  readonly #owner: SingleMessagesOwner;

  constructor(owner: SingleMessagesOwner) {
    this.#owner = owner;
  }

  /** Has a deferred message delivered at once; a requeued one already is. False when it is neither. */
  requeue(number: number): boolean {
    const { requeued, deferred, journal } = this.#owner;
    const due = deferred.take(number);
    if (due === undefined) return requeued.has(number);
    journal.requeued(number, due.attempts, 0, due.batch);
    this.#owner.putBack({ ...due, dueMs: 0 });
    return true;
  }

  /** Ends a message without a consumer. False when it is neither deferred nor requeued. */
  finish(number: number): boolean {
    if (this.#take(number) === undefined) return false;
    this.#owner.journal.finished(number);
    return true;
  }

  /** Takes a message out until `settle` is called; undefined when it is neither deferred nor requeued. */
  claim(number: number): Claim | undefined {
    const claim = this.#take(number);
    if (claim !== undefined) this.#owner.claims.set(number, claim);
    return claim;
  }

  /** The claimed message is done, or is where it was; nothing when it was emptied meanwhile. */
  settle(number: number, isDone: boolean): void {
    const { claims, journal } = this.#owner;
    const claim = claims.get(number);
    if (claim === undefined) return;
    claims.delete(number);
    if (isDone) journal.finished(number);
    else this.#owner.putBack(claim);
  }

  #take(number: number): Claim | undefined {
    const { requeued, deferred } = this.#owner;
    const due = deferred.take(number);
    if (due !== undefined) return due;
    const waiting = requeued.take(number);
    return waiting && { ...waiting, dueMs: 0 };
  }
}
