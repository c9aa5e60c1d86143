// JSON as Go's encoding/json writes it: no spaces, and characters that mean something in HTML are escaped.

const ESCAPED = /[<>&\u2028\u2029]/g;

/** A value as JSON. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(ESCAPED, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0");
}
