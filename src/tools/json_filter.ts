// Which messages nsq_to_nsq passes on, by a field of their JSON, and which fields stay in them. Pure.
// Unlike upstream, numbers keep every digit and a message without the wanted field is left out, never tried again.

/** What to look for; undefined asks for nothing. */
export interface FilterSettings {
  readonly requiredField: string | undefined;
  readonly requiredValue: string | undefined;
  /** Keys to keep; none keeps the body as it is. */
  readonly keptFields: readonly string[];
}

/** What becomes of a body. */
export type Filtered =
  | { readonly kind: "pass"; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly kind: "drop" }
  | { readonly kind: "no object" };

const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** What the runtime offers beyond its types: a number's digits as they stood, and a way to write them again. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { rawJSON: string };
}
const exactJson = JSON as unknown as ExactJson;

/** Decides about one body. */
export function filtered(body: Uint8Array<ArrayBuffer>, settings: FilterSettings): Filtered {
  const { requiredField, requiredValue, keptFields } = settings;
  if (requiredField === undefined && keptFields.length === 0) return { kind: "pass", body };
  const fields = fieldsOf(body);
  if (fields === undefined) return { kind: "no object" };
  if (requiredField !== undefined) {
    if (!fields.has(requiredField)) return { kind: "drop" };
    const isWanted = requiredValue === undefined ||
      isSame(fields.get(requiredField), requiredValue);
    if (!isWanted) return { kind: "drop" };
  }
  return { kind: "pass", body: keptFields.length > 0 ? bodyOf(fields, keptFields) : body };
}

function fieldsOf(body: Uint8Array): Map<string, unknown> | undefined {
  try {
    const value = exactJson.parse(decoder.decode(body), (_, member, { source }) => {
      return typeof member === "number" && source ? exactJson.rawJSON(source) : member;
    });
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return exactJson.isRawJSON(value) ? undefined : new Map(Object.entries(value));
  } catch {
    return undefined;
  }
}

/** Text is compared as it is, numbers as numbers, true and false by their word; nothing else is ever the same. */
function isSame(value: unknown, wanted: string): boolean {
  if (exactJson.isRawJSON(value)) return wanted.trim() !== "" && Number(value.rawJSON) === +wanted;
  return (typeof value === "string" || typeof value === "boolean") && String(value) === wanted;
}

function bodyOf(
  fields: ReadonlyMap<string, unknown>,
  keptFields: readonly string[],
): Uint8Array<ArrayBuffer> {
  const keys = [...new Set(keptFields)].filter((key) => fields.has(key)).sort();
  const members = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(fields.get(key))}`);
  return encoder.encode(`{${members.join(",")}}`.replace(ESCAPED, escape));
}

/** What Go's JSON escapes; outside of texts there is none of it. */
const ESCAPED = /[<>&\u2028\u2029]/g;

function escape(character: string): string {
  return "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0");
}
