// Byte strings: JavaScript strings in which every character stands for one byte (0x00 to 0xff).
// Text from the wire is kept this way, so that whatever bytes a peer sent go back to it unchanged.

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The bytes from `start` to `end` (exclusive) as a byte string. */
export function byteString(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let index = start; index < end; index++) text += String.fromCharCode(bytes[index]!);
  return text;
}

/** The bytes of a byte string, in fresh storage. Characters above 0xff lose their high bits. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** An ordinary string (UTF-16) as the byte string of its UTF-8 form. */
export function byteStringOfText(text: string): string {
  return byteString(encoder.encode(text));
}

/** A byte string read as UTF-8, for people to see; bytes that are not UTF-8 stay single characters. */
export function readableText(text: string): string {
  try {
    return decoder.decode(bytesOf(text));
  } catch {
    return text;
  }
}
