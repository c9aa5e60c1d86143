// The line that shows a person how far a tool is: messages, rate, bytes, time left. It is written over itself.
// Knows nothing of what is counted.

import type { Clock } from "../base/clock.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import { bytesText, durationText, grouped } from "./figure_text.ts";
import { type ProcessStreams, writeAll } from "./process_streams.ts";

/** How far it is; `fraction` from 0 to 1 when the whole is known. */
export interface Progress {
  readonly messages: number;
  readonly bytes: number;
  readonly fraction: number | undefined;
}

const REFRESH_MS = 200;
/** The rate shown is that of the last seconds. */
const RATE_WINDOW_MS = 3000;
const BAR_CHARACTERS = 20;
const CLEAR = "\r\x1b[K";

/** Shows progress until it is told to stop. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  readonly #progress: () => Progress;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #startMs: number;
  #samples: { atMs: number; messages: number }[] = [];
  #cancel = () => {};

  constructor(
    progress: () => Progress,
    write: (text: string) => void,
    clock: Clock,
    timers: Timers,
  ) {
    this.#progress = progress;
    this.#write = write;
    this.#clock = clock;
    this.#timers = timers;
    this.#startMs = clock.nowMs();
    this.#schedule();
  }

  /** Shows it on the errors of a tool. */
  static on(streams: ProcessStreams, clock: Clock, progress: () => Progress): ProgressLine {
    const write = (text: string) => void writeAll(streams.errors, text).catch(() => {});
    return new ProgressLine(progress, write, clock, systemTimers);
  }

  /** Writes the last state and leaves it standing, on a line of its own. */
  stop(): void {
    this.#cancel();
    const elapsedMs = this.#clock.nowMs() - this.#startMs;
    const { messages, bytes } = this.#progress();
    const rate = elapsedMs > 0 ? messages / elapsedMs * 1000 : 0;
    const text = progressText({ messages, bytes, fraction: undefined }, rate, elapsedMs);
    this.#write(`${CLEAR}${text}  in ${durationText(elapsedMs)}\n`);
  }

  #schedule(): void {
    this.#cancel = this.#timers.after(REFRESH_MS, () => {
      const progress = this.#progress();
      const rate = this.#rate(progress.messages);
      this.#write(CLEAR + progressText(progress, rate, this.#clock.nowMs() - this.#startMs));
      this.#schedule();
    });
  }

  #rate(messages: number): number {
    const nowMs = this.#clock.nowMs();
    this.#samples.push({ atMs: nowMs, messages });
    this.#samples = this.#samples.filter(({ atMs }) => nowMs - atMs <= RATE_WINDOW_MS);
    const first = this.#samples[0]!;
    const spanMs = nowMs - first.atMs;
    if (spanMs === 0) return messages / Math.max(nowMs - this.#startMs, 1) * 1000;
    return (messages - first.messages) / spanMs * 1000;
  }
}

/**
 * The text of the line: `12,000 messages  4,000/s  2.4 MB`, and where the whole is known a bar before it and the time
 * left behind it: `[#####---------------]  25%  12,000 messages  4,000/s  2.4 MB  00:03 left`.
 */
export function progressText(
  progress: Progress,
  messagesPerSecond: number,
  elapsedMs: number,
): string {
  const parts = [
    `${grouped(progress.messages)} ${progress.messages === 1 ? "message" : "messages"}`,
    `${grouped(Math.round(messagesPerSecond))}/s`,
    bytesText(progress.bytes),
  ];
  if (progress.fraction === undefined) return parts.join("  ");
  const fraction = Math.min(progress.fraction, 1);
  parts.unshift(barText(fraction));
  if (fraction > 0) parts.push(`${durationText(elapsedMs * (1 - fraction) / fraction)} left`);
  return parts.join("  ");
}

function barText(fraction: number): string {
  const filled = Math.floor(fraction * BAR_CHARACTERS);
  const percent = String(Math.floor(fraction * 100)).padStart(3);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_CHARACTERS - filled)}] ${percent}%`;
}
