// What `bench` may be given, for completions: it reads its command line by itself, and its scenarios are few.

import { benchTable } from "../../bench/command_line.ts";
import { SCENARIO_NAMES } from "../../bench/scenarios.ts";

/** Its flags, and the words beside them. */
export function benchWords() {
  return { table: benchTable(), words: SCENARIO_NAMES };
}
