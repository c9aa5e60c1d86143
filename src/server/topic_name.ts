// The topic a client publishes to: nearly always the one of its last command. Comparing the bytes (a few ns) saves
// making a string of them (60 ns) and hashing it at each PUB.

import { byteString } from "../base/byte_string.ts";
import type { CommandParser } from "../wire/command_parser.ts";

/** The first parameter of the latest publishing command. */
export class TopicName {
  /** The name, a byte string; it may be invalid. */
  value = "";

  /** Takes parameter 0 of the parser's line. */
  read(parser: CommandParser): string {
    const start = parser.parameterStart(0);
    const end = parser.parameterEnd(0);
    if (!this.#isSame(parser.bytes, start, end)) this.value = byteString(parser.bytes, start, end);
    return this.value;
  }

  #isSame(bytes: Uint8Array, start: number, end: number): boolean {
    const { value } = this;
    if (end - start !== value.length) return false;
    for (let index = 0; index < value.length; index++) {
      if (bytes[start + index] !== value.charCodeAt(index)) return false;
    }
    return true;
  }
}
