/**
 * What keys mean, as one table that the page obeys and the list of keys shows. Pure.
 * Invariant: while somebody types, only Escape means anything.
 */

/** What a key can ask for. */
export type KeyMeaning =
  | "next row"
  | "previous row"
  | "search"
  | "keys"
  | "up"
  | "topics"
  | "nodes"
  | "counter"
  | "lookup"
  | "theme"
  | "older page"
  | "newer page";

/** A row of the list of keys. `keys` holds one key, or two that are pressed one after the other. */
export interface KeyRow {
  readonly keys: readonly [string] | readonly [string, string];
  readonly meaning: KeyMeaning;
  readonly text: string;
}

/** Every key, in the order of the list that `?` brings up. */
export const keyRows: readonly KeyRow[] = [
  { keys: ["j"], meaning: "next row", text: "Next row" },
  { keys: ["k"], meaning: "previous row", text: "Previous row" },
  { keys: ["/"], meaning: "search", text: "Search" },
  { keys: ["]"], meaning: "older page", text: "Next page of a list" },
  { keys: ["["], meaning: "newer page", text: "Previous page of a list" },
  { keys: ["Escape"], meaning: "up", text: "Close, clear, or one level up" },
  { keys: ["g", "t"], meaning: "topics", text: "Topics" },
  { keys: ["g", "n"], meaning: "nodes", text: "Nodes" },
  { keys: ["g", "c"], meaning: "counter", text: "Counter" },
  { keys: ["g", "l"], meaning: "lookup", text: "Lookup" },
  { keys: ["d"], meaning: "theme", text: "Light, dark, or as the system" },
  { keys: ["?"], meaning: "keys", text: "These keys" },
];

/** The first key of a pair, waiting for the second one. */
export interface KeyResult {
  readonly meaning: KeyMeaning | undefined;
  readonly waiting: string;
}

/** What a key means after the one that waits; typing says that it goes into a field. */
export function keyMeaning(waiting: string, key: string, isTyping: boolean): KeyResult {
  if (isTyping && key !== "Escape") return { meaning: undefined, waiting: "" };
  const pair = keyRows.find(({ keys }) =>
    keys.length === 2 && keys[0] === waiting && keys[1] === key
  );
  if (pair !== undefined) return { meaning: pair.meaning, waiting: "" };
  const single = keyRows.find(({ keys }) => keys.length === 1 && keys[0] === key);
  if (single !== undefined) return { meaning: single.meaning, waiting: "" };
  const opensPair = keyRows.some(({ keys }) => keys.length === 2 && keys[0] === key);
  return { meaning: undefined, waiting: opensPair ? key : "" };
}
