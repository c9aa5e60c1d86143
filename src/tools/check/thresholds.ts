// The limits of check, `--warning=depth=1000`: what can be limited, in which direction, and how a limit is read. Pure.

import { parseGoDuration } from "../../base/go_duration.ts";
import { OptionError } from "../../options/option_error.ts";

/** The figures of a topic or channel that can be limited. */
export interface QueueFigures {
  readonly depth: number;
  readonly inFlight: number;
  readonly deferred: number;
  /** In seconds; undefined where no nsqd says. */
  readonly age: number | undefined;
  /** Undefined for a topic's own messages, which have no consumers. */
  readonly consumers: number | undefined;
}

/** A kind of limit. */
interface MeasureRow {
  /** `above`: more is worse; `below`: fewer is. */
  readonly worse: "above" | "below";
  readonly value: (figures: QueueFigures) => number | undefined;
  /** Reads a limit; NaN for what is none. */
  readonly read: (text: string) => number;
  /** Behind the number in perfdata. */
  readonly unit: string;
  readonly help: string;
}

/** Everything that can be limited. */
export const MEASURES = {
  depth: {
    worse: "above",
    value: ({ depth }) => depth,
    read: wholeNumber,
    unit: "",
    help: "messages that wait",
  },
  age: {
    worse: "above",
    value: ({ age }) => age,
    read: durationSeconds,
    unit: "s",
    help: "time the oldest message has waited, such as 5m; only nsqds that tell it can be asked",
  },
  consumers: {
    worse: "below",
    value: ({ consumers }) => consumers,
    read: wholeNumber,
    unit: "",
    help: "consumers of a channel, at the nsqd that has the fewest: fewer are too few",
  },
  in_flight: {
    worse: "above",
    value: ({ inFlight }) => inFlight,
    read: wholeNumber,
    unit: "",
    help: "messages in flight",
  },
  deferred: {
    worse: "above",
    value: ({ deferred }) => deferred,
    read: wholeNumber,
    unit: "",
    help: "messages that wait for their time",
  },
} as const satisfies Record<string, MeasureRow>;

/** The name of something that can be limited. */
export type MeasureName = keyof typeof MEASURES;

/** A limit of each kind and severity that was given. */
export type Limits = Readonly<Partial<Record<MeasureName, number>>>;

/** Both severities. */
export interface Thresholds {
  readonly warning: Limits;
  readonly critical: Limits;
}

/** All measures, for loops. */
export const MEASURE_NAMES = Object.keys(MEASURES) as MeasureName[];

/** Reads what `--warning` and `--critical` were given. Throws OptionError. */
export function thresholdsOf(warning: readonly string[], critical: readonly string[]): Thresholds {
  const thresholds = {
    warning: limitsOf("--warning", warning),
    critical: limitsOf("--critical", critical),
  };
  for (const name of MEASURE_NAMES) {
    const [mild, severe] = [thresholds.warning[name], thresholds.critical[name]];
    if (mild === undefined || severe === undefined || mild === severe) continue;
    if (isExceeded(name, mild, severe)) {
      throw new OptionError(`${name}: the limit of --critical is reached before --warning's`, 1);
    }
  }
  return thresholds;
}

/** Whether a value is worse than a limit allows. */
export function isExceeded(name: MeasureName, value: number, limit: number): boolean {
  return MEASURES[name].worse === "above" ? value > limit : value < limit;
}

/** A limit as perfdata writes it: what is allowed. */
export function limitText(name: MeasureName, limit: number | undefined): string {
  if (limit === undefined) return "";
  return MEASURES[name].worse === "above" ? String(limit) : `${limit}:`;
}

function limitsOf(flag: string, texts: readonly string[]): Limits {
  const limits: Partial<Record<MeasureName, number>> = {};
  for (const text of texts) {
    const [name = "", value = ""] = splitOnce(text);
    if (!isMeasure(name)) {
      throw new OptionError(
        `${flag}=${text}: write NAME=LIMIT with a name of ${MEASURE_NAMES.join(", ")}`,
        1,
      );
    }
    const limit = MEASURES[name].read(value);
    if (!(limit >= 0)) {
      const form = name === "age" ? "a duration such as 90s or 5m" : "a whole number from 0";
      throw new OptionError(`${flag}=${text}: "${value}" is not ${form}`, 1);
    }
    limits[name] = limit;
  }
  return limits;
}

function splitOnce(text: string): string[] {
  const at = text.indexOf("=");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function isMeasure(name: string): name is MeasureName {
  return Object.hasOwn(MEASURES, name);
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

function durationSeconds(text: string): number {
  try {
    return parseGoDuration(text) / 1000;
  } catch {
    return NaN;
  }
}
