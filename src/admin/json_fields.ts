// Reading JSON that another daemon sent: what is absent or null is empty, what has the wrong type is an error. A daemon
// that lies can make its own answer useless and nothing else.

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The document does not have the form that is expected. */
export class JsonMismatch extends Error {
  override readonly name = "JsonMismatch";
}

/** A value as an object. Throws JsonMismatch. */
export function objectOf(value: unknown, what = "value"): JsonObject {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw mismatch(value, what, "an object");
}

/** A list of objects; none when it is absent. Throws JsonMismatch. */
export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  return listAt(object, key).map((value) => objectOf(value, key));
}

/** A list; empty when it is absent. Throws JsonMismatch. */
export function listAt(object: JsonObject, key: string): readonly unknown[] {
  const value = object[key] ?? [];
  if (Array.isArray(value)) return value;
  throw mismatch(value, key, "a list");
}

/** A list of texts; empty when it is absent. Throws JsonMismatch. */
export function textsAt(object: JsonObject, key: string): readonly string[] {
  return listAt(object, key).map((value) => {
    if (typeof value === "string") return value;
    throw mismatch(value, key, "a text");
  });
}

/** A number; 0 when it is absent. Throws JsonMismatch. */
export function numberAt(object: JsonObject, key: string): number {
  const value = object[key] ?? 0;
  if (typeof value === "number") return value;
  throw mismatch(value, key, "a number");
}

/** A number; undefined when it is absent or of another type. */
export function numberIfAny(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === "number" ? value : undefined;
}

/** An object; empty when it is absent or of another type. */
export function objectIfAny(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  return isObject ? value as JsonObject : {};
}

/** A text; empty when it is absent. Throws JsonMismatch. */
export function textAt(object: JsonObject, key: string): string {
  const value = object[key] ?? "";
  if (typeof value === "string") return value;
  throw mismatch(value, key, "a text");
}

/** True or false; false when it is absent. Throws JsonMismatch. */
export function booleanAt(object: JsonObject, key: string): boolean {
  const value = object[key] ?? false;
  if (typeof value === "boolean") return value;
  throw mismatch(value, key, "true or false");
}

function mismatch(value: unknown, key: string, expected: string): JsonMismatch {
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  return new JsonMismatch(`json: cannot unmarshal ${kind} into ${key}, which is ${expected}`);
}
