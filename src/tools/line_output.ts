// Output that gathers: what is added in one turn, or while a write is under way, leaves in one write.
// A message is done with when its line has left, so each addition is told when that is.

import { joinedBytes } from "../base/joined_bytes.ts";
import { type ByteOutput, writeAll } from "./process_streams.ts";

interface Batch {
  readonly lines: Uint8Array[];
  readonly written: Promise<void>;
}

/** Gathers lines for an output. */
export class LineOutput {
  readonly #output: ByteOutput;
  #next: Batch | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(output: ByteOutput) {
    this.#output = output;
  }

  /** Takes a line; resolves when it has been written, rejects when the output is gone. */
  add(line: Uint8Array): Promise<void> {
    this.#next ??= this.#begin();
    this.#next.lines.push(line);
    return this.#next.written;
  }

  #begin(): Batch {
    const lines: Uint8Array[] = [];
    const written = this.#last.then(async () => {
      this.#next = undefined;
      await writeAll(this.#output, joinedBytes(lines));
    });
    this.#last = written;
    return { lines, written };
  }
}
