// Rows that every daemon has, to be spread into its table.

import type { OptionRow } from "./option_row.ts";

const GENERAL = "General";
const LOG = "Log";

/** Where options come from, and which version this is. */
export const generalOptions = {
  config: {
    group: GENERAL,
    type: "path",
    default: "",
    configKey: false,
    help: "TOML file with options; flags override it",
  },
  version: {
    group: GENERAL,
    type: "bool",
    default: false,
    configKey: false,
    help: "print the version and exit",
  },
} as const satisfies Record<string, OptionRow>;

/** What is logged, and how; each daemon has a prefix of its own. */
export const logOptions = {
  logLevel: {
    group: LOG,
    type: "level",
    default: "info",
    help: "lowest level to log: debug, info, warn, error or fatal",
  },
  logPrefix: {
    group: LOG,
    type: "string",
    default: "",
    help: "text in front of every log line",
  },
  logFormat: {
    group: LOG,
    type: "choice",
    choices: ["text", "json"],
    default: "text",
    help: "form of the log lines",
  },
} as const satisfies Record<string, OptionRow>;

/** Flags of old scripts. */
export const deprecatedOptions = {
  verbose: {
    group: GENERAL,
    type: "bool",
    default: false,
    configKey: false,
    deprecated: true,
    noEffect: "use --log-level=debug",
    help: "use --log-level=debug instead",
  },
} as const satisfies Record<string, OptionRow>;
