// What nsqd.dat says: the topics and channels and whether they are paused, in upstream's JSON, so that either can start
// from the other's file. Pure: text in, values out; the file itself is `metadata_file.ts`.
// Invariant: what `parseMetadata` returns has valid names only; what `encodeMetadata` writes has no ephemeral ones.

import { reasonOf } from "../base/system_error.ts";
import { VERSION } from "../base/version.ts";
import { isEphemeralName, isValidName } from "../wire/names.ts";

/** A channel as it is to be written. */
export interface ChannelView {
  readonly name: string;
  readonly paused: boolean;
}

/** A topic as it is to be written. */
export interface TopicView {
  readonly name: string;
  readonly paused: boolean;
  readonly channels: Iterable<ChannelView>;
}

/** What is to be written, read anew at each write. */
export interface MetadataView {
  readonly topics: Iterable<TopicView>;
}

/** A topic as it was read. */
export interface TopicMetadata {
  name: string;
  paused: boolean;
  channels: { name: string; paused: boolean }[];
}

/** What was read. A name may occur twice: its channels belong together, and one `paused` is enough. */
export interface LoadedMetadata {
  topics: TopicMetadata[];
  /** One line for each name that was left out because it is not valid. */
  warnings: string[];
}

/** The content of nsqd.dat. */
export function encodeMetadata(view: MetadataView): string {
  const topics = lasting(view.topics).map(({ name, paused, channels }) => ({
    name,
    paused,
    channels: listOrNull(lasting(channels).map(({ name, paused }) => ({ name, paused }))),
  }));
  return JSON.stringify({ topics: listOrNull(topics), version: VERSION });
}

function lasting<Named extends { name: string }>(views: Iterable<Named>): Named[] {
  return [...views].filter(({ name }) => !isEphemeralName(name));
}

function listOrNull<Item>(list: Item[]): Item[] | null {
  return list.length === 0 ? null : list;
}

/**
 * Reads the content of nsqd.dat as leniently as upstream: keys in any case, unknown ones ignored, null for anything.
 * Throws SyntaxError for what is no JSON, TypeError for a value of the wrong type; both messages say where.
 */
export function parseMetadata(text: string): LoadedMetadata {
  const warnings: string[] = [];
  const file = members(parseJson(text), "the file");
  stringAt(file, "version", "");
  const topics = listAt(file, "topics", "")
    .map((value, index) => topicFrom(value, `topics[${index}]`, warnings))
    .filter((topic) => isUsable("topic", topic.name, warnings));
  return { topics, warnings };
}

function topicFrom(value: unknown, place: string, warnings: string[]): TopicMetadata {
  const topic = members(value, place);
  const name = stringAt(topic, "name", place);
  const paused = booleanAt(topic, "paused", place);
  const channels = listAt(topic, "channels", place)
    .map((channel, index) => channelFrom(channel, `${place}.channels[${index}]`));
  // The channels of a topic that is left out are not worth a line each.
  if (!isValidName(name)) return { name, paused, channels: [] };
  const usable = channels.filter((channel) => isUsable("channel", channel.name, warnings));
  return { name, paused, channels: usable };
}

function channelFrom(value: unknown, place: string): { name: string; paused: boolean } {
  const channel = members(value, place);
  return { name: stringAt(channel, "name", place), paused: booleanAt(channel, "paused", place) };
}

function isUsable(kind: "topic" | "channel", name: string, warnings: string[]): boolean {
  if (isValidName(name)) return true;
  warnings.push(`skipping creation of invalid ${kind} ${name}`);
  return false;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = reasonOf(error);
    throw new SyntaxError(reason.charAt(0).toLowerCase() + reason.slice(1), { cause: error });
  }
}

/** The members of an object by lower-case key. Null stands for "not said", as it does in Go. */
function members(value: unknown, place: string): Map<string, unknown> {
  if (value === null) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) throw wrongType(place, "an object", value);
  const said = Object.entries(value).filter(([, member]) => member !== null);
  return new Map(said.map(([key, member]) => [key.toLowerCase(), member]));
}

function stringAt(object: Map<string, unknown>, key: string, place: string): string {
  const value = object.get(key) ?? "";
  if (typeof value !== "string") throw wrongType(pathTo(place, key), "a string", value);
  return value;
}

function booleanAt(object: Map<string, unknown>, key: string, place: string): boolean {
  const value = object.get(key) ?? false;
  if (typeof value !== "boolean") throw wrongType(pathTo(place, key), "true or false", value);
  return value;
}

function listAt(object: Map<string, unknown>, key: string, place: string): unknown[] {
  const value = object.get(key) ?? [];
  if (!Array.isArray(value)) throw wrongType(pathTo(place, key), "a list", value);
  return value;
}

function pathTo(place: string, key: string): string {
  return place === "" ? key : `${place}.${key}`;
}

function wrongType(place: string, wanted: string, found: unknown): TypeError {
  const kind = Array.isArray(found) ? "a list" : `a value of type ${typeof found}`;
  return new TypeError(`${place} should be ${wanted} and is ${kind}`);
}
