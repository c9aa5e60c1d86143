// The token that a program of ours presents to a broker's HTTP API where --http-auth is on; it lies in a file.
// Invariant: what is in the file is never quoted in an error.

import { reasonOf } from "../base/system_error.ts";

const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The token in the file of `--http-auth-token-file`, without the white space around; empty when `path` is.
 * @throws {Error} naming the file when it cannot be read or holds anything else than one token
 */
export function tokenIn(path: string, readTextFile: (path: string) => string): string {
  if (path === "") return "";
  let token: string;
  try {
    token = readTextFile(path).trim();
  } catch (error) {
    throw new Error(`--http-auth-token-file ${path}: ${reasonOf(error)}`, { cause: error });
  }
  if (TOKEN.test(token)) return token;
  throw new Error(`--http-auth-token-file ${path}: must hold one token, in printable ASCII`);
}
