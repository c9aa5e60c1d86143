// What there is to say of a program in this executable, apart from which programs there are.

import type { OptionTable } from "../options/option_row.ts";

/** A program's main function: command line words in, exit code out. */
export type ProgramMain = (words: string[]) => Promise<number>;

/** What a program may be given on its command line. */
export interface ProgramWords {
  readonly table: OptionTable;
  /** Words it takes beside flags, where they are few. */
  readonly words?: readonly string[];
  /** It takes names of directories beside flags. */
  readonly takesDirectories?: true;
}

/** What is fixed about a program. */
export interface ProgramRow {
  /** One line for the documentation. */
  readonly help: string;
  /** Loads it. */
  readonly load: () => Promise<ProgramMain>;
  /** Its options, for completions. */
  readonly describe: () => Promise<ProgramWords>;
}

/** Programs by name. */
export type ProgramTable = Readonly<Record<string, ProgramRow>>;

/**
 * The name of a program's symlink: its own where nobody could mistake it, else with `nsqd-` in front, because a `top` or
 * `check` in somebody's PATH would hide another program.
 */
export function linkName(name: string): string {
  return /nsq/.test(name) ? name : `nsqd-${name}`;
}
