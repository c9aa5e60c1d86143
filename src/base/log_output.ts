// The process's own lines on standard error, as text for people or as one JSON object a line.
// A warning or worse is written before the call returns; what is milder is gathered and written once at the end of the
// event-loop turn, because a write costs 10 µs and a busy turn has hundreds of lines.
// Invariant: lines leave in the order they came, one call is one line, and no failure to write one ever throws.

import process from "node:process";
import { type Clock, SystemClock } from "./clock.ts";

/** The levels from mildest to worst, each with the word that the text form prints. */
const LOG_LEVELS = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "FATAL",
} as const satisfies Record<string, string>;

/** How bad a line is, and from where on lines are shown. */
export type LogLevel = keyof typeof LOG_LEVELS;

/** `text` is a line for people, `json` an object a line with `time` (UTC), `level`, `text` and `program`. */
export type LogFormat = "text" | "json";

/** What a `LogOutput` is made from. */
export interface LogOutputSettings {
  /** In front of every line; the JSON form names it `program`, without brackets and spaces around it. */
  prefix: string;
  /** The mildest level that is shown. */
  level: LogLevel;
  format: LogFormat;
  /** Takes all bytes of one or more whole lines before it returns; standard error when absent. May throw. */
  write?: (lines: Uint8Array) => void;
  /** Gives the time of a line; the machine's when absent. */
  clock?: Pick<Clock, "wallMs">;
}

/** Gathered lines are written early at this many characters, so that a long turn does not hold them all. */
const PENDING_CHARACTERS_MAX = 64 * 1024;
/** A standard error shared with a program that made it non-blocking gets so many milliseconds to drain. */
const WOULD_BLOCK_TRIES = 100;
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));
const ORDER: readonly string[] = Object.keys(LOG_LEVELS);
const BREAKS_LINES = /[\p{Cc}\u2028\u2029]/gu;
const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const encoder = new TextEncoder();

/** Writes log lines. */
export class LogOutput {
  readonly #prefix: string;
  readonly #programJson: string;
  readonly #format: LogFormat;
  readonly #write: (lines: Uint8Array) => void;
  readonly #clock: Pick<Clock, "wallMs">;
  #level: LogLevel;
  #threshold: number;
  #pending = "";
  #isFlushPlanned = false;
  #isGone = false;
  #second = NaN;
  #secondText = "";

  constructor(settings: LogOutputSettings) {
    this.#prefix = settings.prefix;
    this.#programJson = jsonText(settings.prefix.trim().replace(/^\[(.*)\]$/, "$1"));
    this.#format = settings.format;
    this.#write = settings.write ?? writeToStandardError;
    this.#clock = settings.clock ?? new SystemClock();
    this.#level = settings.level;
    this.#threshold = ORDER.indexOf(settings.level);
    // Neither Deno.exit nor an uncaught error lets the turn end; "error" only watches, the error takes its course.
    globalThis.addEventListener("unload", () => this.flush());
    globalThis.addEventListener("error", () => this.flush());
  }

  /** The mildest level that is shown; may be set at any time and holds from the next line. */
  get level(): LogLevel {
    return this.#level;
  }

  set level(level: LogLevel) {
    this.#level = level;
    this.#threshold = ORDER.indexOf(level);
  }

  /** Whether lines of this level are shown: ask before building a costly text. */
  isEnabled(level: LogLevel): boolean {
    return ORDER.indexOf(level) >= this.#threshold;
  }

  /** A detail for whoever looks for a fault. Written at the end of the turn. */
  debug(text: string): void {
    this.#log("debug", text);
  }

  /** Something usual. Written at the end of the turn. */
  info(text: string): void {
    this.#log("info", text);
  }

  /** Something that may need attention. Written at once. */
  warn(text: string): void {
    this.#log("warn", text);
  }

  /** Something that failed. Written at once. */
  error(text: string): void {
    this.#log("error", text);
  }

  /** Why the process ends; the caller ends it. Written at once. */
  fatal(text: string): void {
    this.#log("fatal", text);
  }

  /** Writes now what has been gathered. */
  flush(): void {
    if (this.#pending === "") return;
    const lines = this.#pending;
    this.#pending = "";
    try {
      this.#write(encoder.encode(lines));
    } catch (error) {
      // Nobody is left to tell. A reader that went away stays away; a full disk may get room again.
      this.#isGone = error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.BadResource;
    }
  }

  #log(level: LogLevel, text: string): void {
    const order = ORDER.indexOf(level);
    if (order < this.#threshold || this.#isGone) return;
    this.#pending += this.#format === "json" ? this.#json(level, text) : this.#text(level, text);
    if (order >= ORDER.indexOf("warn") || this.#pending.length >= PENDING_CHARACTERS_MAX) {
      this.flush();
    } else if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      process.nextTick(() => {
        this.#isFlushPlanned = false;
        this.flush();
      });
    }
  }

  #text(level: LogLevel, text: string): string {
    const time = this.#time(localSecond);
    return `${this.#prefix}${time} ${LOG_LEVELS[level]}: ${escapeControls(text)}\n`;
  }

  #json(level: LogLevel, text: string): string {
    const time = this.#time(utcSecond) + "Z";
    return `{"time":"${time}","level":"${level}","text":${
      jsonText(text)
    },"program":${this.#programJson}}\n`;
  }

  /** The time with microseconds. The part down to the second is made once a second: it costs most. */
  #time(secondText: (date: Date) => string): string {
    const wallMs = this.#clock.wallMs();
    const second = Math.floor(wallMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = secondText(new Date(second * 1000));
    }
    const microseconds = Math.floor((wallMs - second * 1000) * 1000);
    return this.#secondText + "." + String(microseconds).padStart(6, "0");
  }
}

function localSecond(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function utcSecond(date: Date): string {
  return date.toISOString().slice(0, 19);
}

/** What would end a line or steer a terminal, spelled out: lines carry text that strangers chose. */
function escapeControls(text: string): string {
  return text.replace(BREAKS_LINES, (control) => ESCAPES[control] ?? escapeControl(control));
}

function escapeControl(control: string): string {
  const code = control.charCodeAt(0);
  return code < 0x80 ? "\\x" + code.toString(16).padStart(2, "0") : unicodeEscape(control);
}

function unicodeEscape(control: string): string {
  return "\\u" + control.charCodeAt(0).toString(16).padStart(4, "0");
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(BREAKS_LINES, unicodeEscape);
}

/** Throws what the system says, after `WOULD_BLOCK_TRIES` for a pipe that is full and does not wait by itself. */
function writeToStandardError(lines: Uint8Array): void {
  let tries = 0;
  for (let at = 0; at < lines.length;) {
    try {
      at += Deno.stderr.writeSync(lines.subarray(at));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock) || ++tries > WOULD_BLOCK_TRIES) throw error;
      Atomics.wait(SLEEPER, 0, 0, 1);
    }
  }
}
