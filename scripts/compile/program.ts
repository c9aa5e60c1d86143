/**
 * What is compiled and how it runs, the same for both ways of making the executable.
 * Invariant: a flag or file that one way needs and the other does not is no business of this file.
 */

/** One executable to make. Paths are as the caller's working directory sees them. */
export interface Program {
  /** The module that runs the command line. */
  readonly entry: string;
  /** The executable file to write; its folder is made when it is missing. */
  readonly output: string;
  /** Files that the program opens by name at run time and no import leads to, such as workers. */
  readonly included: readonly string[];
}

/**
 * Flags of the Deno command line that the running program is granted, compiled or not. What the broker's thread may not do
 * is refused: nobody at a terminal shall be asked to allow it.
 */
export const runtimeFlags: readonly string[] = [
  "-A",
  "--no-prompt",
  "--unstable-worker-options",
  // Short pauses: see "The young generation is small" in ARCHITECTURE.md. The same stands in the task `nsqd`.
  "--v8-flags=--max-semi-space-size=8,--no-parallel-scavenge",
];

/** Files of this repository that only `new URL("./…", import.meta.url)` names, each beside the module that does. */
export const includedFiles: readonly string[] = [
  "src/bench/latency_publisher.ts",
  "src/command_line/broker_worker.ts",
];

/** The folder part of a path; `.` for a bare file name. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, Math.max(slash, 1));
}
