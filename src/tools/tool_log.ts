// The log of a long-running tool: lines with its prefix on the errors, which wipe the status line away first where a
// person looks at one.

import { LogOutput } from "../base/log_output.ts";
import type { LogLevel } from "../base/log_output.ts";
import { type ProcessStreams, writeAll } from "./process_streams.ts";

const CLEAR = new TextEncoder().encode("\r\x1b[K");

/** A log and the wait for its last line. */
export class ToolLog {
  /** Takes the lines. */
  readonly lines: LogOutput;
  #written: Promise<void> = Promise.resolve();

  constructor(streams: ProcessStreams, prefix: string, level: LogLevel) {
    const write = (bytes: Uint8Array) => {
      const all = streams.areErrorsTerminal ? new Uint8Array([...CLEAR, ...bytes]) : bytes.slice();
      this.#written = this.#written.then(() => writeAll(streams.errors, all)).catch(() => {});
    };
    this.lines = new LogOutput({ prefix, level, format: "text", write });
  }

  /** Resolves when everything logged has left. */
  async end(): Promise<void> {
    this.lines.flush();
    await this.#written;
  }
}
