// The flags that say which topics a tool reads: names, or an expression that topics of the nsqlookupds match, asked for
// now and then. Knows neither servers nor tools.

import { reasonOf } from "../base/system_error.ts";
import { OptionError } from "../options/option_error.ts";
import type { OptionsOf, OptionTable } from "../options/option_row.ts";
import { type NamePattern, namePattern } from "../wire/name_pattern.ts";
import { isValidName } from "../wire/names.ts";
import { SOURCE } from "./source_flags.ts";

/** The flags, to be spread into a tool's table. */
export const topicFlags = {
  topic: { group: SOURCE, type: "list", default: [], help: "topic to read" },
  topicPattern: {
    group: SOURCE,
    type: "string",
    default: "",
    help: "read every topic in whose name this expression of RE2 is found, as they appear; of " +
      "those given by --topic, if any are",
  },
  topicRefresh: {
    group: SOURCE,
    type: "duration",
    default: 60_000,
    bounds: { above: 0 },
    help: "how often nsqlookupds are asked for topics that match",
  },
} as const satisfies OptionTable;

/** Which topics to read. */
export interface TopicSelection {
  /** Those given by name; without any, nsqlookupds are asked for all there are. */
  readonly names: readonly string[];
  /** What a topic must match to be read, those given by name too. */
  readonly pattern: TopicPattern | undefined;
  /** How often to ask nsqlookupds, ms. */
  readonly refreshMs: number;
}

/** An expression, and what it says of a topic. */
export interface TopicPattern {
  readonly expression: string;
  readonly matches: NamePattern;
}

/** Whether messages of more than one topic may come. */
export function mayBeSeveral({ names }: TopicSelection): boolean {
  return names.length !== 1;
}

/** Puts the flags together; `lookupds` are the nsqlookupds there are to ask. Throws OptionError. */
export function topicSelection(
  { topic, topicPattern, topicRefresh }: OptionsOf<typeof topicFlags>,
  lookupds: readonly string[],
  texts = { missing: "--topic or --topic-pattern required", invalid: "invalid topic name" },
): TopicSelection {
  const names = [...new Set(topic)];
  if (names.length === 0 && topicPattern === "") throw new OptionError(texts.missing, 1);
  if (!names.every(isValidName)) throw new OptionError(texts.invalid, 1);
  if (names.length === 0 && lookupds.length === 0) {
    const text = "--lookupd-http-address must be specified when no --topic specified";
    throw new OptionError(text, 1);
  }
  const pattern = topicPattern === "" ? undefined : patternOf(topicPattern);
  if (pattern && names.length > 0 && !names.some(pattern.matches)) {
    throw new OptionError(`--topic-pattern=${topicPattern} matches none of the topics given`, 1);
  }
  return { names, pattern, refreshMs: topicRefresh };
}

function patternOf(expression: string): TopicPattern {
  try {
    return { expression, matches: namePattern(expression) };
  } catch (error) {
    const reason = reasonOf(error);
    throw new OptionError(`--topic-pattern is no expression of RE2: ${reason}`, 1);
  }
}
