// What a parser makes of bytes, written down: one line for each call of the sink, for an error, for a closed connection.
// Knows nothing of what commands do.

import { byteString } from "../../src/base/byte_string.ts";
import { type BodyLimits, CommandParser } from "../../src/wire/command_parser.ts";
import { type CommandName, commands } from "../../src/wire/commands.ts";
import { ProtocolError } from "../../src/wire/errors.ts";

/** Upstream's defaults. */
export const LIMITS: BodyLimits = { maxMsgSize: 1024 * 1024, maxBodySize: 5 * 1024 * 1024 };

const PARAMETERS_SHOWN = 4;

/** Longer bodies are shown by length and a checksum. */
const BODY_BYTES_SHOWN = 200;

/** The command the parser is at, as one line. */
export function describeCommand(parser: CommandParser, name: CommandName): string {
  const shown = Math.min(parser.parameterCount, PARAMETERS_SHOWN);
  const parameters = Array.from({ length: shown }, (_, index) => parser.parameter(index));
  const body = commands[name].body === "none" ? "" : ` body=${describeBody(parser)}`;
  const count = commands[name].body === "batch" ? ` count=${parser.batchCount}` : "";
  return `${name}(${parser.parameterCount})${JSON.stringify(parameters)}${count}${body}`;
}

function describeBody({ bytes, bodyStart, bodyEnd }: CommandParser): string {
  if (bodyEnd - bodyStart <= BODY_BYTES_SHOWN) {
    return JSON.stringify(byteString(bytes, bodyStart, bodyEnd));
  }
  let sum = 0;
  for (let at = bodyStart; at < bodyEnd; at++) sum = (Math.imul(sum, 31) + bytes[at]!) | 0;
  return `${bodyEnd - bodyStart} bytes, sum ${sum}`;
}

/** Feeds the chunks and then the end of input; says all that came of it. */
export function hear(chunks: Iterable<Uint8Array>, limits: BodyLimits = LIMITS): string[] {
  const heard: string[] = [];
  const parser = new CommandParser(limits);
  const sink = {
    begin: (name: CommandName) => void heard.push(`begin ${name}(${parser.parameterCount})`),
    execute: (name: CommandName) => void heard.push(describeCommand(parser, name)),
  };
  try {
    for (const chunk of chunks) {
      parser.push(chunk);
      if (!parser.consume(sink)) return [...heard, "closed"];
    }
    parser.endOfInput();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    heard.push(`error ${error.message}`);
  }
  return heard;
}

/** Only the errors and executed commands of what was heard. */
export function executed(heard: readonly string[]): string[] {
  return heard.filter((line) => !line.startsWith("begin "));
}
