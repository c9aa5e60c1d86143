// The option that names a data path, for the commands that work on one while no broker does.

import type { OptionRow } from "../options/option_row.ts";

/** The row for their tables. */
export const dataPathRow = {
  group: "Where",
  type: "path",
  default: "",
  computedDefault: "the current directory",
  help: "the data path; no broker may be running on it",
} as const satisfies OptionRow;
