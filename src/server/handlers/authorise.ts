// AUTH, and what every other command asks that needs it: may this client do that? The order of things is upstream's: a
// client that never said AUTH is told so first, one whose time is over is asked about again, then the rules decide.

import { byteString, byteStringOfText } from "../../base/byte_string.ts";
import { goQuote } from "../../base/go_quote.ts";
import { parseHostPort } from "../../base/host_port.ts";
import type { AuthQuestion } from "../../auth/authority_port.ts";
import type { Identity } from "../../auth/identity.ts";
import type { CommandName } from "../../wire/commands.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { frame } from "../../wire/frames.ts";
import type { Handler, Session } from "../session.ts";

/** AUTH: presents a secret, once. Nothing else of this client's is read until it is known what to think of it. */
export const auth: Handler = {
  begin(session) {
    if (session.parser.parameterCount > 0) {
      throw new ProtocolError("E_INVALID", "AUTH invalid number of parameters");
    }
  },
  execute(session) {
    if (session.client.identity !== undefined) {
      throw new ProtocolError("E_INVALID", "AUTH already set");
    }
    if (session.host.authority === undefined) {
      throw new ProtocolError("E_AUTH_DISABLED", "AUTH disabled");
    }
    const { parser } = session;
    session.secret = byteString(parser.bytes, parser.bodyStart, parser.bodyEnd);
    session.doFirst(async () => {
      const identity = await identify(session);
      if (identity.permissionCount === 0) {
        throw new ProtocolError("E_UNAUTHORIZED", "AUTH no authorizations found");
      }
      session.reply(frame("response", byteStringOfText(replyText(identity))));
    });
  },
};

/** @throws {ProtocolError} E_AUTH_FAILED when nobody says who this is */
async function identify(session: Session): Promise<Identity> {
  const identity = await session.host.authority!.identify(questionOf(session));
  if (identity === undefined) throw new ProtocolError("E_AUTH_FAILED", "AUTH failed");
  session.client.identity = identity;
  return identity;
}

function questionOf({ client, secret }: Session): AuthQuestion {
  const { address, tls } = client;
  return {
    secret,
    remoteIp: parseHostPort(address)?.hostname ?? "",
    isTls: tls !== undefined,
    commonName: tls?.commonName ?? "",
  };
}

/** The reply as Go writes it: characters that mean something in HTML have escapes. */
function replyText({ name, url, permissionCount }: Identity): string {
  const reply = { identity: name, identity_url: url, permission_count: permissionCount };
  return JSON.stringify(reply).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/**
 * To be called in a handler's `begin` when there is an authority: if what is known of the client does not hold any more,
 * it is asked for again, and the command begins anew (the parser is held).
 * @throws {ProtocolError} E_AUTH_FAILED when nobody says any more who this is
 */
export function renewIdentity(session: Session): void {
  const { identity } = session.client;
  if (identity === undefined || identity.isCurrent(session.nowMs)) return;
  session.doFirst(async () => void await identify(session));
}

/**
 * Lets a client go on that may publish to this topic.
 * @throws {ProtocolError} E_AUTH_FIRST, E_UNAUTHORIZED
 */
export function requirePublish(session: Session, name: CommandName, topic: string): void {
  if (!identified(session, name).mayPublish(topic)) throw forbidden(name, topic, "");
}

/**
 * Lets a client go on that may consume this channel.
 * @throws {ProtocolError} E_AUTH_FIRST, E_UNAUTHORIZED
 */
export function requireSubscribe(session: Session, topic: string, channel: string): void {
  if (!identified(session, "SUB").maySubscribe(topic, channel)) {
    throw forbidden("SUB", topic, channel);
  }
}

function identified({ client }: Session, name: CommandName): Identity {
  if (client.identity !== undefined) return client.identity;
  throw new ProtocolError("E_AUTH_FIRST", `AUTH required before ${name}`);
}

function forbidden(name: CommandName, topic: string, channel: string): ProtocolError {
  const text = `AUTH failed for ${name} on ${goQuote(topic)} ${goQuote(channel)}`;
  return new ProtocolError("E_UNAUTHORIZED", text);
}
