// Surroundings for a tool that runs inside a test.

import type { ProcessStreams } from "../../src/tools/process_streams.ts";

/** Streams that read given chunks and remember what was written. */
export class FakeStreams implements ProcessStreams {
  isOutputTerminal = false;
  areErrorsTerminal = false;
  isColourRefused = false;
  inputBytes: number | undefined = undefined;
  outputError: Error | undefined;
  #output = new Uint8Array();
  #errors = new Uint8Array();
  readonly #controller = new AbortController();
  readonly #chunks: (string | Uint8Array | Promise<string | null>)[];

  /** A promise as a chunk makes the reader wait; null is the end. */
  constructor(...chunks: (string | Uint8Array | Promise<string | null>)[]) {
    this.#chunks = chunks;
  }

  readonly input = {
    read: async (into: Uint8Array): Promise<number | null> => {
      const next = await this.#chunks.shift();
      if (next === undefined || next === null) return null;
      const bytes = typeof next === "string" ? new TextEncoder().encode(next) : next;
      into.set(bytes.subarray(0, into.length));
      if (bytes.length > into.length) this.#chunks.unshift(bytes.subarray(into.length));
      return Math.min(bytes.length, into.length);
    },
  };
  readonly output = {
    write: (bytes: Uint8Array): Promise<number> => {
      if (this.outputError) return Promise.reject(this.outputError);
      this.#output = new Uint8Array([...this.#output, ...bytes]);
      return Promise.resolve(bytes.length);
    },
  };
  readonly errors = {
    write: (bytes: Uint8Array): Promise<number> => {
      this.#errors = new Uint8Array([...this.#errors, ...bytes]);
      return Promise.resolve(bytes.length);
    },
  };

  get interrupted(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(): void {
    this.#controller.abort();
  }

  get outputText(): string {
    return new TextDecoder().decode(this.#output);
  }

  get outputBytes(): Uint8Array {
    return this.#output;
  }

  /** What was written to the errors, without the dates in front. */
  get errorText(): string {
    return new TextDecoder().decode(this.#errors)
      .replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /gm, "");
  }
}
