// Where code says what happens; which lines are kept, and in what form, is decided by who passes it in.

/** Takes lines for the log. Texts are single sentences without a line end. */
export interface Logger {
  /** Whether lines of this level are kept: ask before building a costly text. */
  isEnabled(level: "debug" | "info" | "warn" | "error"): boolean;
  /** Details for those who look for a fault. */
  debug(text: string): void;
  /** The usual course of things. */
  info(text: string): void;
  /** Something odd that was dealt with. */
  warn(text: string): void;
  /** Something failed. */
  error(text: string): void;
}
