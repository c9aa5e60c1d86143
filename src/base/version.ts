// The version of everything this executable contains. A test keeps it equal to deno.json's, which
// a compiled executable does not carry.

/** The version, without a leading "v". */
export const VERSION = "0.1.0";

/**
 * The line printed for `--version`: program, version and what it was built with
 * (`toolchain`, such as `deno2.9.6`).
 */
export function versionLine(program: string, toolchain: string): string {
  return `${program} v${VERSION} (built w/${toolchain})`;
}
