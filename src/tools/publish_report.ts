// What became of every message that nsq_pub was given: counts for the progress line, and for the end which ones were
// not acknowledged and why. Bounded however many fail.

import { NumberRanges } from "./number_ranges.ts";

/** Where a message came from, in words: the file (undefined for the only input) and what its numbers count. */
export interface MessageOrigin {
  readonly file: string | undefined;
  readonly unit: "lines" | "pieces" | "messages" | "arguments";
}

/** A message on its way. */
export interface OutgoingMessage {
  readonly origin: MessageOrigin;
  readonly number: number;
  readonly body: Uint8Array;
}

const REASONS_MAX = 20;

/** Counts and failures of one run. */
export class PublishReport {
  /** Messages acknowledged. */
  acknowledgedCount = 0;
  /** Bytes of their bodies. */
  acknowledgedBytes = 0;
  readonly #failed = new Map<MessageOrigin, NumberRanges>();
  readonly #reasons = new Set<string>();
  #reasonsLeftOut = 0;

  /** Whether a message was not acknowledged or something else went wrong. */
  get hasFailures(): boolean {
    return this.#failed.size > 0 || this.#reasons.size > 0;
  }

  /** These were acknowledged. */
  acknowledge(messages: readonly OutgoingMessage[]): void {
    this.acknowledgedCount += messages.length;
    for (const { body } of messages) this.acknowledgedBytes += body.length;
  }

  /** This was not. `reason` is a sentence; the same sentence is told once. */
  fail(origin: MessageOrigin, number: number, reason: string): void {
    const ranges = this.#failed.get(origin) ?? new NumberRanges();
    this.#failed.set(origin, ranges);
    ranges.add(number);
    this.note(reason);
  }

  /** Something went wrong that is no message's. */
  note(reason: string): void {
    if (this.#reasons.has(reason)) return;
    if (this.#reasons.size < REASONS_MAX) this.#reasons.add(reason);
    else this.#reasonsLeftOut++;
  }

  /** The lines to show at the end; none when everything went well. */
  lines(): string[] {
    const lines = [...this.#reasons];
    if (this.#reasonsLeftOut > 0) lines.push(`and ${this.#reasonsLeftOut} more such reasons`);
    for (const [{ file, unit }, ranges] of this.#failed) {
      const place = file === undefined ? "" : `${file}: `;
      lines.push(`not acknowledged: ${place}${wordFor(unit, ranges.size)} ${ranges}`);
    }
    return lines;
  }
}

/** `line` or `lines`. */
export function wordFor(unit: MessageOrigin["unit"], count: number): string {
  return count === 1 ? unit.slice(0, -1) : unit;
}
