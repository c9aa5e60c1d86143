// Percent escapes of URLs, over byte strings: a name from a query is compared byte by byte, whatever its encoding.

const ESCAPE = /%([0-9a-fA-F]{2})/g;
const BROKEN_ESCAPE = /%(?![0-9a-fA-F]{2})/;
const UNSAFE = /[^A-Za-z0-9_.~$&+=:@-]/g;

/** The byte string an escaped text stands for; undefined when an escape in it is broken. */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text;
  if (BROKEN_ESCAPE.test(text)) return undefined;
  return text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** A byte string as one segment of a path. */
export function percentEncoded(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const hex = character.charCodeAt(0).toString(16).toUpperCase();
    return "%" + hex.padStart(2, "0");
  });
}
