// Quoting as Go's `%q` does it, over byte strings: NSQ's error texts and logs show names this way.
// Source of the rules: package strconv of Go, function Quote.

import { bytesOf, byteString } from "./byte_string.ts";

const ESCAPES: Record<string, string> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A byte string in double quotes; what does not print is escaped, invalid UTF-8 byte by byte as `\xff`. */
export function goQuote(text: string): string {
  const bytes = bytesOf(text);
  let quoted = '"';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    const raw = text.slice(at, at + length);
    quoted += length === 1 ? quoteByte(raw) : quoteRune(raw);
    at += length;
  }
  return quoted + '"';
}

function quoteByte(character: string): string {
  const escape = ESCAPES[character];
  if (escape !== undefined) return escape;
  const code = character.charCodeAt(0);
  return code >= 0x20 && code < 0x7f ? character : "\\x" + code.toString(16).padStart(2, "0");
}

function quoteRune(raw: string): string {
  const rune = decoder.decode(bytesOf(raw));
  if (PRINTABLE.test(rune)) return raw;
  const code = rune.codePointAt(0)!;
  const hex = code.toString(16);
  return code < 0x10000 ? "\\u" + hex.padStart(4, "0") : "\\U" + hex.padStart(8, "0");
}

/** Length in bytes of the UTF-8 sequence at `at`; 1 for ASCII and for a byte that starts no valid sequence. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (length === 1 || at + length > bytes.length) return 1;
  try {
    decoder.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 1;
  }
}

/** An ordinary string quoted as Go would, for a log line. */
export function goQuoteText(text: string): string {
  const quoted = goQuote(byteString(new TextEncoder().encode(text)));
  return new TextDecoder().decode(bytesOf(quoted));
}
