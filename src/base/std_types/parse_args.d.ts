// The part of @std/cli's parse_args that we use. The npm package carries no types of its own, so
// its signature is declared here once; the importing line points to this file.

/** Which names hold text, which are booleans, and which gather every occurrence in an array. */
export interface ParseArgsOptions {
  readonly string?: readonly string[];
  readonly boolean?: readonly string[];
  readonly collect?: readonly string[];
}

/** Parses words of the form `--name=value`; what belongs to no name ends up in `_`. */
export function parseArgs(
  words: readonly string[],
  options?: ParseArgsOptions,
): { readonly _: readonly (string | number)[]; readonly [name: string]: unknown };
