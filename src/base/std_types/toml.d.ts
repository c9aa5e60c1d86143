// The part of @std/toml that we use. The npm package carries no types of its own, so its signature
// is declared here once; the importing line points to this file.

/** Parses a TOML document. Throws SyntaxError, with the line and column, when it is malformed. */
export function parse(text: string): Record<string, unknown>;
