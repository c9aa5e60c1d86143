// A rule about names of topics or channels: a regular expression in RE2's language, found anywhere in the name. RE2
// matches in linear time, so no rule can hold the broker up. Most rules in use are "everything" or one name: those are
// compared without the engine (10 us a match, measured), with the same outcome.

import { RE2JS } from "re2js";
import { reasonOf } from "../base/system_error.ts";

/** Steps of a compiled rule: one of a thousand alternatives fits, one that repeats a thousand times a thousand does not. */
const PROGRAM_SIZE_MAX = 20_000;
const EXPRESSION_LENGTH_MAX = 4096;
/** Repetitions written as numbers, in all: each makes the engine write out that many copies before it knows the size. */
const REPETITIONS_MAX = 2000;
const REPETITION = /\{(\d+)(?:,(\d*))?\}/g;

const EVERYTHING = new Set([".*", "^.*$", ""]);
const ONE_NAME = /^\^([A-Za-z0-9_-]+)\$$/;
const PART_OF_NAME = /^[A-Za-z0-9_-]+$/;

/** Says whether a name is meant. */
export type NamePattern = (name: string) => boolean;

/**
 * Reads a rule.
 * @throws {SyntaxError} when it is no expression of RE2, or too large
 */
export function namePattern(expression: string): NamePattern {
  if (EVERYTHING.has(expression)) return () => true;
  if (PART_OF_NAME.test(expression)) return (name) => name.includes(expression);
  const whole = ONE_NAME.exec(expression)?.[1];
  if (whole !== undefined) return (name) => name === whole;
  const compiled = compile(expression);
  return (name) => compiled.matcher(name).find();
}

function compile(expression: string): RE2JS {
  if (expression.length > EXPRESSION_LENGTH_MAX) throw tooLarge();
  if (repetitionsOf(expression) > REPETITIONS_MAX) throw tooLarge();
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(expression);
  } catch (error) {
    throw new SyntaxError(reasonOf(error));
  }
  if (compiled.programSize() > PROGRAM_SIZE_MAX) throw tooLarge();
  return compiled;
}

function repetitionsOf(expression: string): number {
  let sum = 0;
  for (const [, least, most] of expression.matchAll(REPETITION)) sum += Number(most || least);
  return sum;
}

function tooLarge(): SyntaxError {
  return new SyntaxError("the regular expression is too large");
}
