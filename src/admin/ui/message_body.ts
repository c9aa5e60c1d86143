/**
 * A message's bytes as people read them: text, JSON laid out, or a hex dump. Pure.
 * Invariant: no form invents bytes; what is no UTF-8 is never called text.
 */

/** The forms in which a body can be shown. */
export const bodyForms = ["text", "json", "hex"] as const;

/** One of the forms of a body. */
export type BodyForm = typeof bodyForms[number];

/** Bytes of a text of hexadecimal digits; an odd last digit and what is no digit end it. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = /^(?:[0-9a-fA-F]{2})*/.exec(text)?.[0] ?? "";
  return Uint8Array.fromHex(digits);
}

/** The bytes of a body as the server sent it. */
export function bytesOfBody(encoding: string, body: unknown): Uint8Array<ArrayBuffer> {
  if (encoding === "hex") return bytesOfHex(String(body));
  const text = typeof body === "string" && encoding !== "json" ? body : JSON.stringify(body);
  return new TextEncoder().encode(text);
}

/** The text of bytes that are UTF-8 (a character cut off at the end is forgiven), or undefined. */
export function textOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    // `stream` keeps an incomplete last character back instead of throwing.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // deno-lint-ignore no-control-regex
    return /[\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The JSON in bytes laid out with two blanks, or undefined when they are no object and no array. */
export function jsonOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  const text = textOf(bytes);
  if (text === undefined || !/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
    return laidOut(text);
  } catch {
    return undefined;
  }
}

/** Valid JSON with line breaks and blanks. The text itself stays: numbers of 64 bits keep their digits. */
function laidOut(json: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? [];
  let depth = 0;
  let text = "";
  tokens.forEach((token, index) => {
    const isEmptyPair = /^[\]}]$/.test(token) && /^[[{]$/.test(tokens[index - 1] ?? "");
    if (/^[\]}]$/.test(token)) {
      depth--;
      if (!isEmptyPair) text += `\n${"  ".repeat(depth)}`;
    } else if (/^[[{,]$/.test(tokens[index - 1] ?? "")) {
      text += `\n${"  ".repeat(depth)}`;
    }
    text += token === ":" ? ": " : token;
    if (/^[[{]$/.test(token)) depth++;
  });
  return text;
}

/** A dump: offset, sixteen bytes, and what of them is printable. At most `bytesMax` bytes. */
export function hexOf(bytes: Uint8Array, bytesMax = 4096): string {
  const lines: string[] = [];
  for (let offset = 0; offset < Math.min(bytes.length, bytesMax); offset += 16) {
    const row = [...bytes.subarray(offset, Math.min(offset + 16, bytesMax))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const seen = row.map((byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·");
    lines.push(`${offset.toString(16).padStart(6, "0")}  ${hex.padEnd(47)}  ${seen.join("")}`);
  }
  if (bytes.length > bytesMax) lines.push(`… ${bytes.length - bytesMax} bytes more`);
  return lines.join("\n");
}

/** The form that suits a body best. */
export function bestForm(bytes: Uint8Array<ArrayBuffer>): BodyForm {
  if (jsonOf(bytes) !== undefined) return "json";
  return textOf(bytes) === undefined ? "hex" : "text";
}

/** A body in a form; where it does not fit the form, the form that says most. */
export function bodyText(bytes: Uint8Array<ArrayBuffer>, form: BodyForm): string {
  if (form === "hex") return hexOf(bytes);
  const text = form === "json" ? jsonOf(bytes) : textOf(bytes);
  return text ?? textOf(bytes) ?? hexOf(bytes);
}

/** One line of a body for a list, at most `charactersMax` characters. */
export function bodySummary(bytes: Uint8Array<ArrayBuffer>, charactersMax = 160): string {
  const text = textOf(bytes.slice(0, charactersMax * 4));
  if (text !== undefined) return text.replace(/\s+/g, " ").slice(0, charactersMax);
  return [...bytes.subarray(0, 32)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
