// A duration as Go prints one: from a minute on with every unit below the largest (`1h0m5s`), microseconds as `µs`.
// `formatGoDuration` leaves out what is zero, which is right for options and wrong here: scripts read these texts.

import { formatGoDuration } from "../base/go_duration.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A duration in ms, 0 or more, as text. */
export function durationText(durationMs: number): string {
  if (durationMs < MINUTE_MS) return formatGoDuration(durationMs).replace(/us$/, "µs");
  const hours = Math.floor(durationMs / HOUR_MS);
  const minutes = Math.floor(durationMs / MINUTE_MS) % 60;
  const seconds = formatGoDuration(durationMs % MINUTE_MS);
  const isWhole = /^[\d.]+s$/.test(seconds);
  const rest = isWhole ? seconds : `${Math.round((durationMs % MINUTE_MS) * 1e6) / 1e9}s`;
  return hours > 0 ? `${hours}h${minutes}m${rest}` : `${minutes}m${rest}`;
}
