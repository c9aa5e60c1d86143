// The flags that say which topics a tool reads: names, or an expression that topics of the nsqlookupds match, asked for
// now and then. Knows neither servers nor tools.

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
  /** Those known by name. */
  readonly names: readonly string[];
  /** Says of the topics that nsqlookupds know whether they are read; undefined when names decide alone. */
  readonly isWanted: NamePattern | undefined;
  /** How often to ask for them, ms. */
  readonly refreshMs: number;
}

/** Whether messages of more than one topic may come. */
export function mayBeSeveral({ names, isWanted }: TopicSelection): boolean {
  return names.length > 1 || isWanted !== undefined;
}

/** Puts the flags together; `lookupds` are the nsqlookupds to ask. Throws OptionError. */
export function topicSelection(
  { topic, topicPattern, topicRefresh }: OptionsOf<typeof topicFlags>,
  lookupds: readonly string[],
  texts: { readonly missing: string; readonly invalid: string },
): TopicSelection {
  const given = [...new Set(topic)];
  if (given.length === 0 && topicPattern === "") throw new OptionError(texts.missing, 1);
  if (!given.every(isValidName)) throw new OptionError(texts.invalid, 1);
  const isWanted = topicPattern === "" ? undefined : patternOf(topicPattern);
  if (given.length > 0) {
    const names = isWanted ? given.filter(isWanted) : given;
    if (names.length > 0) return { names, isWanted: undefined, refreshMs: topicRefresh };
    throw new OptionError(`no --topic matches the pattern ${topicPattern}`, 1);
  }
  if (lookupds.length === 0) {
    const text = "--lookupd-http-address must be specified when no --topic specified";
    throw new OptionError(text, 1);
  }
  return { names: [], isWanted, refreshMs: topicRefresh };
}

function patternOf(expression: string): NamePattern {
  try {
    return namePattern(expression);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionError(`--topic-pattern is no expression of RE2: ${reason}`, 1);
  }
}
