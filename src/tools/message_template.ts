// Message bodies that differ from one to the next: text with places in double braces for a number, the time, or chance.
// Knows nothing of publishing.

import { OptionError } from "../options/option_error.ts";

/** Makes the body of the message with this number, counted from 1. */
export type BodyMaker = (number: number) => Uint8Array;

/** Where the time and chance come from. */
export interface TemplateSurroundings {
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

type Part = (number: number) => string;

const PLACE = /\\\{\{|\{\{([^{}]*)\}\}/g;
const RANDOM_CHARACTERS_MAX = 1024 * 1024;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const encoder = new TextEncoder();

/** The text as it is, each time. */
export function sameBody(text: string): BodyMaker {
  const body = encoder.encode(text);
  return () => body;
}

/**
 * The text with `{{n}}` (the number), `{{now}}` (the time, in UTC with milliseconds) and `{{random 16}}` (so many letters
 * and digits) filled in; `\\{{` stands for two braces.
 * @throws {OptionError} for any other place
 */
export function templateBody(text: string, surroundings: TemplateSurroundings): BodyMaker {
  const parts = partsOf(text, surroundings);
  if (parts.every((part) => typeof part === "string")) return sameBody(parts.join(""));
  return (number) => {
    const texts = parts.map((part) => typeof part === "string" ? part : part(number));
    return encoder.encode(texts.join(""));
  };
}

function partsOf(text: string, surroundings: TemplateSurroundings): (string | Part)[] {
  const parts: (string | Part)[] = [];
  let at = 0;
  for (const match of text.matchAll(PLACE)) {
    parts.push(text.slice(at, match.index));
    const [whole, place] = match;
    parts.push(place === undefined ? "{{" : partFor(whole, place.trim(), surroundings));
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}

function partFor(whole: string, place: string, { wallMs, random }: TemplateSurroundings): Part {
  if (place === "n") return String;
  if (place === "now") return () => new Date(wallMs()).toISOString();
  const count = Number(/^random (\d{1,7})$/.exec(place)?.[1] ?? 0);
  if (count < 1 || count > RANDOM_CHARACTERS_MAX) {
    const text = `${whole} is no place in a message: there are {{n}}, {{now}} and {{random 16}} ` +
      `(1 to ${RANDOM_CHARACTERS_MAX} characters); write \\{{ for the braces themselves`;
    throw new OptionError(text, 1);
  }
  return () => {
    let characters = "";
    while (characters.length < count) {
      characters += ALPHABET[Math.floor(random() * ALPHABET.length)];
    }
    return characters;
  };
}
