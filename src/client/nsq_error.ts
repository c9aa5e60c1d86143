// What can go wrong for a client: the server's own error codes, and the few of this side.
// The code says what happened, the message says it to people.
// Invariant: `isCertainlyNotTaken` is only true when the server cannot have acted on the command.

import { type ErrorCode, errors } from "../wire/errors.ts";

/** Error codes of this side of the connection, and what they mean. */
const clientErrors = {
  BAD_ADDRESS: "the address is neither host:port nor the path of a unix socket",
  CONNECT_FAILED: "no connection could be made",
  CONNECTION_LOST: "the connection ended before the reply came",
  TIMED_OUT: "the server was silent for longer than it may be",
  BAD_REPLY: "the server sent something that is not NSQ's protocol",
  DISCOVERY_FAILED: "no nsqlookupd says where the servers are",
  CLOSED: "this producer or consumer was closed",
} as const satisfies Record<string, string>;

/** The codes an `NsqError` can have. */
export type NsqErrorCode = ErrorCode | keyof typeof clientErrors;

/** Codes with which the server refuses a publish before any of it is queued. */
const REFUSALS: ReadonlySet<NsqErrorCode> = new Set<NsqErrorCode>([
  "BAD_ADDRESS",
  "CONNECT_FAILED",
  "CLOSED",
  "E_INVALID",
  "E_BAD_BODY",
  "E_BAD_MESSAGE",
  "E_BAD_TOPIC",
  "E_AUTH_FIRST",
  "E_AUTH_FAILED",
  "E_UNAUTHORIZED",
]);

/** Why a command was not done. */
export class NsqError extends Error {
  override readonly name = "NsqError";
  /** Which kind of failure. */
  readonly code: NsqErrorCode;
  /**
   * True when the server did nothing of what was asked, so that asking again does nothing twice.
   * False when that is unknown.
   */
  readonly isCertainlyNotTaken: boolean;

  /** `isCertainlyNotTaken` follows from the code unless it is given. */
  constructor(
    code: NsqErrorCode,
    message: string,
    options: ErrorOptions & { isCertainlyNotTaken?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.isCertainlyNotTaken = options.isCertainlyNotTaken ?? REFUSALS.has(code);
  }
}

/** The error in an error frame: the code, a space, the text. */
export function errorOf(data: string): NsqError {
  const code = data.split(" ", 1)[0] ?? "";
  return new NsqError(code in errors ? code as ErrorCode : "BAD_REPLY", data);
}
