// FIN, REQ, TOUCH: what a consumer says about a message it was given. Success has no reply.

import type { Refusal } from "../../queue/channel.ts";
import { type ErrorCode, ProtocolError } from "../../wire/errors.ts";
import { wrappedDurationMs } from "../../wire/int64.ts";
import type { Handler, Session } from "../session.ts";
import { messageNumber, numberParameter, requireParameters } from "./parameters.ts";

type Name = "FIN" | "REQ" | "TOUCH";
const failures = {
  FIN: "E_FIN_FAILED",
  REQ: "E_REQ_FAILED",
  TOUCH: "E_TOUCH_FAILED",
} as const satisfies Record<Name, ErrorCode>;

function refuse(session: Session, name: Name, refusal: Refusal): never {
  throw new ProtocolError(
    failures[name],
    `${name} ${session.parser.parameter(0)} failed ${refusal}`,
  );
}

/** FIN: the message is done. */
export const fin: Handler = {
  begin: (session) => requireParameters(session, "FIN"),
  execute(session) {
    const number = messageNumber(session);
    const { nowMs, wallMs, client, subscription } = session;
    const refusal = subscription!.channel.finish(client.consumer!, number, nowMs, wallMs);
    if (refusal !== undefined) refuse(session, "FIN", refusal);
  },
};

/** REQ: the message is to be delivered again, at once or after a delay, which is clamped to what is allowed. */
export const req: Handler = {
  begin: (session) => requireParameters(session, "REQ"),
  execute(session) {
    const number = messageNumber(session);
    const given = numberParameter(session, 1, "REQ could not parse timeout");
    const { client, subscription } = session;
    const { maxReqTimeoutMs } = session.host.settings;
    const delayMs = Math.min(Math.max(0, wrappedDurationMs(given)), maxReqTimeoutMs);
    const nowMs = session.timeMs();
    const refusal = subscription!.channel.requeue(client.consumer!, number, delayMs, nowMs);
    if (refusal !== undefined) refuse(session, "REQ", refusal);
  },
};

/** TOUCH: the timeout of the message starts again. */
export const touch: Handler = {
  begin: (session) => requireParameters(session, "TOUCH"),
  execute(session) {
    const number = messageNumber(session);
    const { client, subscription } = session;
    const refusal = subscription!.channel.touch(client.consumer!, number, session.timeMs());
    if (refusal !== undefined) refuse(session, "TOUCH", refusal);
  },
};
