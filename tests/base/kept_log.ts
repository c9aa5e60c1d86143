// Logs for tests: one that keeps nothing, and one whose lines go where a test wants to see them.

import type { Logger } from "../../src/base/logger.ts";

/** Keeps nothing. */
export const SILENT_LOG: Logger = {
  isEnabled: () => false,
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/** Hands every line to `take`, with its level. */
export function logTo(
  take: (text: string, level: "debug" | "info" | "warn" | "error") => void,
): Logger {
  return {
    isEnabled: () => true,
    debug: (text) => take(text, "debug"),
    info: (text) => take(text, "info"),
    warn: (text) => take(text, "warn"),
    error: (text) => take(text, "error"),
  };
}
