// Checks of parameters that several handlers share.

import { goQuote } from "../../base/go_quote.ts";
import { MESSAGE_ID_BYTES, numberOfId } from "../../wire/message.ts";
import { type CommandName, commands } from "../../wire/commands.ts";
import { type ErrorCode, ProtocolError } from "../../wire/errors.ts";
import { type Int64, parseInt64 } from "../../wire/int64.ts";
import { isValidName } from "../../wire/names.ts";
import type { Session } from "../session.ts";

/** @throws {ProtocolError} E_INVALID when parameters are missing */
export function requireParameters(session: Session, name: CommandName): void {
  const { parametersMin, shortage } = commands[name];
  if (session.parser.parameterCount < parametersMin) {
    throw new ProtocolError("E_INVALID", `${name} ${shortage}`);
  }
}

/** @throws {ProtocolError} E_BAD_TOPIC or E_BAD_CHANNEL when `value` is no valid name */
export function requireName(name: CommandName, what: "topic" | "channel", value: string): void {
  if (isValidName(value)) return;
  const code: ErrorCode = what === "topic" ? "E_BAD_TOPIC" : "E_BAD_CHANNEL";
  // Upstream writes the code twice for MPUB [quirk].
  const twice = name === "MPUB" ? `${code} ` : "";
  throw new ProtocolError(code, `${twice}${name} ${what} name ${goQuote(value)} is not valid`);
}

/**
 * The message number in parameter 0; -1 for an id that is none of this node's.
 * @throws {ProtocolError} E_INVALID when it is not 16 bytes long
 */
export function messageNumber(session: Session): number {
  const { parser } = session;
  const at = parser.parameterStart(0);
  if (parser.parameterEnd(0) - at !== MESSAGE_ID_BYTES) {
    throw new ProtocolError("E_INVALID", "invalid message ID");
  }
  return numberOfId(parser.bytes, at, session.host.settings.nodeId);
}

/**
 * Parameter `index` as a number.
 * @throws {ProtocolError} E_INVALID `<what> <text>` when it has other characters than digits
 */
export function numberParameter(session: Session, index: number, what: string): Int64 {
  const { parser } = session;
  const start = parser.parameterStart(index);
  const value = parseInt64(parser.bytes, start, parser.parameterEnd(index));
  if (value !== undefined) return value;
  throw new ProtocolError("E_INVALID", `${what} ${parser.parameter(index)}`);
}
