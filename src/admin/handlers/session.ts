// /api/session: logging in and out.

import { jsonReply } from "../../web/replies.ts";
import { NOBODY, type Sender, senderAs } from "../access.ts";
import { bodyText, type Call, orBadRequest } from "../call.ts";
import { bodyTexts } from "../go_json_body.ts";
import { adminErrors } from "../http_errors.ts";

/** GET /api/session: who is logged in. */
export function session(call: Call): Response {
  return jsonReply(sessionJson(call, call.sender));
}

/** POST /api/session: logs in. */
export async function logIn(call: Call): Promise<Response> {
  const { host, remote, request } = call;
  const text = await bodyText(call);
  const { user, token } = orBadRequest(() => bodyTexts(text, ["user", "token"]));
  const login = await host.access.logIn(user, token, remote);
  if (login.kind === "wrong") return refusal("UNAUTHORIZED");
  if (login.kind === "later") {
    const response = refusal("TOO_MANY_ATTEMPTS");
    response.headers.set("Retry-After", String(Math.ceil(login.waitMs / 1000)));
    return response;
  }
  const { session } = login;
  const response = jsonReply(sessionJson(call, senderAs(session.identity, session)));
  if (call.sender.session !== undefined) host.access.sessions.close(call.sender.session.id);
  response.headers.append("Set-Cookie", host.access.cookieFor(session, request));
  host.log.info(`LOGIN: ${remote} is ${session.identity.name}`);
  return response;
}

/** DELETE /api/session: logs out. */
export function logOut(call: Call): Response {
  const { host, sender, request } = call;
  if (sender.session !== undefined) host.access.sessions.close(sender.session.id);
  const response = jsonReply(sessionJson(call, host.access.isLoginOn ? NOBODY : sender));
  response.headers.append("Set-Cookie", host.access.cookieFor(undefined, request));
  return response;
}

/** A browser would open a window of its own for a refusal with a challenge: there is none. */
function refusal(code: "UNAUTHORIZED" | "TOO_MANY_ATTEMPTS"): Response {
  return jsonReply({ message: code }, adminErrors[code].status);
}

function sessionJson({ host }: Call, { user, role, session }: Sender) {
  const { clock } = host;
  const expiresMs = session === undefined
    ? null
    : Math.round(clock.wallMs() + session.expiresMs - clock.nowMs());
  return { login: host.access.isLoginOn, user, role, expires_ms: expiresMs };
}
