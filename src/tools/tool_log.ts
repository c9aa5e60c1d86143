// The log of a long-running tool on its errors, in one of two forms. Where a person looks at a status line, each line
// wipes it away first. Knows no particular tool.
// Invariant: lines leave whole and in order, and no failure to write one ever throws.

import { type LogLevel, LogOutput } from "../base/log_output.ts";
import { datedLine, type ProcessStreams, writeAll } from "./process_streams.ts";

const CLEAR = new TextEncoder().encode("\r\x1b[K");

/** Takes lines, from mild to grave. */
export interface ToolLog {
  /** Something usual. */
  info(text: string): void;
  /** Something that mends itself, but somebody should know. */
  warn(text: string): void;
  /** Something went wrong for good, for one message or so. */
  error(text: string): void;
  /** Why the tool ends. */
  fatal(text: string): void;
  /** Resolves when everything logged has left. */
  end(): Promise<void>;
}

/** Lines with a prefix and a level, those below `level` left out: the form of NSQ's daemons. */
export function prefixedLog(streams: ProcessStreams, prefix: string, level: LogLevel): ToolLog {
  const line = new ErrorLine(streams);
  const write = (bytes: Uint8Array) => line.write(bytes.slice());
  const output = new LogOutput({ prefix, level, format: "text", write });
  return {
    info: (text) => output.info(text),
    warn: (text) => output.warn(text),
    error: (text) => output.error(text),
    fatal: (text) => output.fatal(text),
    end: () => {
      output.flush();
      return line.written;
    },
  };
}

/** Lines with the date in front: the form of NSQ's tools. */
export function datedLog(streams: ProcessStreams): ToolLog {
  const line = new ErrorLine(streams);
  const write = (text: string) => line.write(datedLine(text));
  return {
    info: write,
    warn: (text) => write(`WRN ${text}`),
    error: (text) => write(`ERROR: ${text}`),
    fatal: write,
    end: () => line.written,
  };
}

/** The errors, one write after the other. */
class ErrorLine {
  written: Promise<void> = Promise.resolve();
  readonly #streams: ProcessStreams;

  constructor(streams: ProcessStreams) {
    this.#streams = streams;
  }

  write(content: Uint8Array | string): void {
    const { errors, areErrorsTerminal } = this.#streams;
    this.written = this.written.then(async () => {
      if (areErrorsTerminal) await writeAll(errors, CLEAR);
      await writeAll(errors, content);
    }).catch(() => {});
  }
}
