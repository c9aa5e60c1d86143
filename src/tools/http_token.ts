// How a program of ours shows a broker's HTTP API who it is: the option, and the header that is made of the file.

import { reasonOf } from "../base/system_error.ts";
import type { OptionRow } from "../options/option_row.ts";

/** The row of `--http-auth-token-file`, for the options of every tool that speaks HTTP. */
export const HTTP_AUTH_TOKEN_FILE = {
  group: "Authorization",
  type: "path",
  default: "",
  configKey: false,
  help: "file with the token to present to a broker's HTTP API where --http-auth is on",
} as const satisfies OptionRow;

const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The headers for requests to a broker: none when there is no file, else the token in it, without the white space around.
 * @throws {Error} naming the file when it cannot be read or holds anything else than one token; it is never quoted
 */
export function tokenHeaders(
  path: string,
  readTextFile: (path: string) => string,
): Readonly<Record<string, string>> {
  if (path === "") return {};
  let token: string;
  try {
    token = readTextFile(path).trim();
  } catch (error) {
    const reason = reasonOf(error);
    throw new Error(`--http-auth-token-file ${path}: ${reason}`);
  }
  if (!TOKEN.test(token)) {
    throw new Error(`--http-auth-token-file ${path}: must hold one token, in printable ASCII`);
  }
  return { Authorization: `Bearer ${token}` };
}
