/**
 * Replaces what may differ between two runs or two machines by placeholders, in JSON and in text.
 *
 * Knows which keys carry times, addresses and versions; does not know what is expected. Everything
 * it has no rule for stays exactly as it was received.
 */
import { createHash } from "node:crypto";
import type { CaseNames } from "./case_names.ts";
import type { Json } from "./vectors.ts";

const DESCRIBED_BYTES_MAX = 2048;
const CLOCK_TOLERANCE_S = 3600;
const PLAIN_ASCII = /^[\x20-\x7e\n\r\t]*$/;
const PRINTABLE = /^(?:[^\p{C}\p{Z}]| )*$/u;

type JsonObject = { [key: string]: Json };

/** A value whose meaning depends on the key it stands under: the placeholder, or null to keep it. */
type KeyRule = (value: Json, names: CaseNames, parent: JsonObject) => Json | null;

const hostName: KeyRule = (value) => value === Deno.hostname() ? "<hostname>" : null;
const loopback: KeyRule = (value) =>
  typeof value === "string" && /^(127\.0\.0\.1|\[::1\]):\d+$/.test(value) ? "<addr>" : null;
const seconds: KeyRule = (value) => isNow(value, 1) ? "<time s>" : null;
const nanoseconds: KeyRule = (value) => isNow(value, 1e9) ? "<time ns>" : null;
const portNumber: KeyRule = (value, names) => {
  const label = typeof value === "number" ? names.portLabel(value) : null;
  return label === null ? null : `<${label}>`;
};

const percentile: KeyRule = (value, _, parent) =>
  typeof value === "number" && "quantile" in parent ? "<number>" : null;

const KEY_RULES: Readonly<Record<string, KeyRule>> = {
  version: (value) =>
    typeof value === "string" && /^\d+\.\d+\.\d+([-+].*)?$/.test(value) ? "<version>" : null,
  hostname: hostName,
  broadcast_address: hostName,
  remote_address: loopback,
  id: loopback,
  tls_cipher_suite: (value) => typeof value === "string" && value !== "" ? "<text>" : null,
  start_time: seconds,
  connect_ts: seconds,
  last_update: nanoseconds,
  tombstoned_at: (value) => Number.isInteger(value) ? "<int>" : null,
  tcp_port: portNumber,
  http_port: portNumber,
  https_port: portNumber,
  value: percentile,
  connected: (value) => Number.isInteger(value) ? "<int>" : null,
};

const STATS_PAGE_RULES: readonly (readonly [RegExp, string])[] = [
  [/^nsqd v\S+ \(built w\/[^)]*\)/, "nsqd v<version> (built w/<toolchain>)"],
  [
    /^start_time \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/,
    "start_time <rfc3339>",
  ],
  [/^uptime (\d+h)?(\d+m)?[\d.]+(ns|us|µs|ms|s)$/, "uptime <duration>"],
  [/^( {3}(?:heap_\w+_bytes|heap_objects|gc_\w+|next_gc_bytes) *\t)\d+$/, "$1<int>"],
  [/^(Health: NOK - ).+/, "$1<os error>"],
  [/connected: (\d+h)?(\d+m)?\d+s/g, "connected: <duration>"],
  [/(\[V2 [^\]]*?):\d{4,5} /g, "$1:<port> "],
  [/(e2e%: )[\d.]+(ns|us|ms|s)(, [\d.]+(ns|us|ms|s))*/g, "$1<durations>"],
];

/** Received bytes as the vectors write them: a text, `{hex}`, or length and hash if long. */
export function describeBytes(bytes: Uint8Array): Json {
  if (bytes.length > DESCRIBED_BYTES_MAX) {
    return { length: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  }
  const ascii = new TextDecoder("latin1").decode(bytes);
  if (PLAIN_ASCII.test(ascii)) return ascii;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (PRINTABLE.test(text)) return text;
  } catch {
    // not UTF-8: written in hexadecimal below
  }
  return { hex: bytes.toHex() };
}

/** A number within an hour of the present, in units of which a second has `unitsPerSecond`. */
export function isNow(value: Json, unitsPerSecond: number): boolean {
  return Number.isInteger(value) &&
    Math.abs(Date.now() / 1000 - Number(value) / unitsPerSecond) < CLOCK_TOLERANCE_S;
}

/** The value with placeholders, lists without a defined order sorted. */
export function normaliseJson(value: Json, names: CaseNames): Json {
  return normalised(value, names, "", {});
}

function normalised(value: Json, names: CaseNames, key: string, parent: JsonObject): Json {
  if (Array.isArray(value)) {
    return sortedList(value.map((item) => normalised(item, names, key, {})), key);
  }
  if (value !== null && typeof value === "object") {
    if (key === "memory") {
      return mapObject(value, (item) => Number.isInteger(item) ? "<int>" : item);
    }
    const labelled = mapObject(value, (item, key) => normalised(item, names, key, value));
    return Object.fromEntries(
      Object.entries(labelled).map(([key, item]) => [names.label(key), item]),
    );
  }
  const placeholder = Object.hasOwn(KEY_RULES, key)
    ? KEY_RULES[key]?.(value, names, parent) ?? null
    : null;
  if (placeholder !== null) return placeholder;
  return typeof value === "string" ? names.label(value) : value;
}

function sortedList(items: Json[], key: string): Json[] {
  if (key === "topics" || key === "channels") {
    return items.every((item) => typeof item === "string") ? items.toSorted() : items;
  }
  if (key === "clients") return sortedBy(items, (item) => [fieldText(item, "client_id")]);
  if (key === "producers") {
    return sortedBy(items, (i) => [fieldText(i, "client_id"), fieldText(i, "broadcast_address")]);
  }
  if (key === "pub_counts") return sortedBy(items, (item) => [fieldText(item, "topic")]);
  return items;
}

function sortedBy(items: Json[], keysOf: (item: Json) => string[]): Json[] {
  return items
    .map((item) => ({ item, key: [...keysOf(item), sortableText(item)].join("\0") }))
    .toSorted((a, b) => compareText(a.key, b.key))
    .map(({ item }) => item);
}

/** Orders texts by their code units; what `localeCompare` would order by language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A text of the value that is the same for equal values, whatever the order of their keys. */
export function sortableText(value: Json): string {
  return JSON.stringify(value, (_, item: Json) => {
    if (item === null || typeof item !== "object" || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => compareText(a, b)));
  });
}

function fieldText(item: Json, key: string): string {
  const value = item !== null && typeof item === "object" && !Array.isArray(item) ? item[key] : "";
  return typeof value === "string" ? value : "";
}

function mapObject(value: JsonObject, change: (item: Json, key: string) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, change(item, key)]),
  );
}

/** The lines of the plain stats page with durations, ports and memory figures replaced. */
export function normaliseStatsPage(page: string): string[] {
  return page.split("\n").map((line) =>
    STATS_PAGE_RULES.reduce((text, [pattern, to]) => text.replace(pattern, to), line)
  );
}

/** The lines that `--version` prints, without the version and what it was built with. */
export function normaliseVersionLines(output: string): string[] {
  return output.replace(/^\n+|\n+$/g, "").split("\n").map((line) =>
    line.replace(
      /^(nsqd|nsqlookupd) v\d+\.\d+\.\d+\S* \(built w\/[^)]+\)$/,
      "$1 v<version> (built w/<toolchain>)",
    )
  );
}
