// Reading JSON that another program wrote, of which nothing is certain: what is missing or of another type reads as
// empty. Knows no particular document.

/** A JSON object; empty for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A JSON array; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A finite number; 0 for anything else. */
export function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A text that is safe to show: what a terminal could take for an order, or is not ASCII, becomes a question mark. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? plainText(value) : "";
}

/** The same of a text. */
export function plainText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?");
}
