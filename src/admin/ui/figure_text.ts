/**
 * Figures as people read them: counts, rates, bytes, durations, ages. Pure; a figure that is unknown
 * is a dash. Invariant: a text never grows beyond seven characters and a unit, so columns stay narrow.
 */

/** What stands where nothing is known. */
export const unknownText = "–";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const threeDigits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** A figure that may be missing. */
export type Figure = number | null | undefined;

function isKnown(figure: Figure): figure is number {
  return figure !== null && figure !== undefined && Number.isFinite(figure);
}

/** A count in full, with separators of thousands. */
export function countText(figure: Figure): string {
  return isKnown(figure) ? whole.format(figure) : unknownText;
}

/** A count that stays short: in full below a million, then with a unit and three digits. */
export function shortCountText(figure: Figure): string {
  if (!isKnown(figure)) return unknownText;
  const size = Math.abs(figure);
  if (size < 1e6) return whole.format(figure);
  const [divisor, unit] = size < 1e9 ? [1e6, "M"] : size < 1e12 ? [1e9, "G"] : [1e12, "T"];
  return `${threeDigits.format(figure / divisor)} ${unit}`;
}

/** A rate per second, without its unit: one digit behind the point while it is small. */
export function rateText(figure: Figure): string {
  if (!isKnown(figure)) return unknownText;
  const size = Math.abs(figure);
  if (size < 0.05) return "0";
  return size < 99.95 ? oneDigit.format(figure) : shortCountText(figure);
}

/** A growth per second with its sign. */
export function growthText(figure: Figure): string {
  if (!isKnown(figure)) return unknownText;
  if (Math.abs(figure) < 0.05) return "0";
  return figure > 0 ? `+${rateText(figure)}` : `−${rateText(-figure)}`;
}

/** Bytes in units of 1024. */
export function bytesText(figure: Figure): string {
  if (!isKnown(figure)) return unknownText;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = figure;
  let step = 0;
  while (Math.abs(size) >= 1024 && step < units.length - 1) {
    size /= 1024;
    step++;
  }
  return `${step === 0 ? whole.format(size) : threeDigits.format(size)} ${units[step]}`;
}

/** A duration given in milliseconds, with the one or two units that matter. */
export function durationText(milliseconds: Figure): string {
  if (!isKnown(milliseconds)) return unknownText;
  if (milliseconds < 0) return `−${durationText(-milliseconds)}`;
  if (milliseconds < 1) return `${threeDigits.format(milliseconds * 1000)} µs`;
  if (milliseconds < 999.5) return `${threeDigits.format(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${oneDigit.format(seconds)} s`;
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} m ${pad(total % 60)} s`;
  if (total < 86_400) {
    return `${Math.floor(total / 3600)} h ${pad(Math.floor(total / 60) % 60)} m`;
  }
  return `${whole.format(Math.floor(total / 86_400))} d ${Math.floor(total / 3600) % 24} h`;
}

/** A duration in one unit, for the axis of a chart. */
export function coarseDurationText(milliseconds: number): string {
  if (milliseconds === 0) return "0";
  if (milliseconds < 1000) return durationText(milliseconds);
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${threeDigits.format(seconds)} s`;
  if (seconds < 6000) return `${threeDigits.format(seconds / 60)} m`;
  return `${threeDigits.format(seconds / 3600)} h`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

/** The time of day of a moment, in the reader's zone, with milliseconds. */
export function timeText(unixMs: number): string {
  const date = new Date(unixMs);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":");
  return `${parts}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A moment in full, for what a pointer brings up. */
export function momentText(unixMs: number): string {
  const date = new Date(unixMs);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(pad).join("-");
  return `${day} ${timeText(unixMs)}`;
}

/** "1 topic", "2 topics". */
export function plural(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
