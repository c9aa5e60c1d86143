// Who sends a request and what he may do: the user of a session or of an `Authorization` header where --auth-file is
// given, everybody otherwise; and for whatever changes something, the header of a proxy where --admin-user is given.
// Invariant: without --auth-file it decides as upstream does.

import type { Authority } from "../auth/authority.ts";
import { HttpGate } from "../auth/http_gate.ts";
import { type Identity, type Role, roles } from "../auth/identity.ts";
import { byteStringOfText, readableText } from "../base/byte_string.ts";
import type { Clock } from "../base/clock.ts";
import { ownerOf } from "../transport/admission.ts";
import type { Refusals } from "../transport/refusals.ts";
import type { ApiRequest } from "../web/api_request.ts";
import { isFromElsewhere, isShownToBeOurs } from "./cross_site.ts";
import { adminError } from "./http_errors.ts";
import { LoginAttempts } from "./login_attempts.ts";
import { type Session, Sessions } from "./sessions.ts";

const COOKIE = "nsqadmin_session";

/** Somebody who sends a request. */
export interface Sender {
  /** The name of who is logged in. */
  readonly user: string | null;
  /** What he may do; null where login is on and nobody is logged in. */
  readonly role: Role | null;
  readonly session: Session | undefined;
}

/** Who sends a request where login is on and nobody is logged in. */
export const NOBODY: Sender = { user: null, role: null, session: undefined };

/** What a route asks of its sender. */
export interface Entrance {
  readonly method: string;
  /** `open` is everybody. */
  readonly role: Role | "open";
  /** Whether --admin-user does not matter. */
  readonly isAclExempt: boolean;
}

/** What access depends on. */
export interface AccessInputs {
  readonly adminUsers: readonly string[];
  readonly aclHttpHeader: string;
  /** The users who may log in; undefined is no login. */
  readonly authority: Authority | undefined;
  readonly sessionTimeoutMs: number;
  readonly basePath: string;
  readonly clock: Clock;
  readonly refusals: Refusals;
}

/** A login that succeeded, one that failed, or one that comes too soon. */
export type Login =
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "wrong" }
  | { readonly kind: "later"; readonly waitMs: number };

/** Decides who may do what. */
export class Access {
  readonly #inputs: AccessInputs;
  readonly #gate: HttpGate | undefined;
  readonly #attempts = new LoginAttempts();
  readonly sessions: Sessions;

  constructor(inputs: AccessInputs) {
    this.#inputs = inputs;
    this.#gate = inputs.authority === undefined ? undefined : new HttpGate(inputs.authority);
    this.sessions = new Sessions(inputs.sessionTimeoutMs);
  }

  /** Whether one has to log in. */
  get isLoginOn(): boolean {
    return this.#gate !== undefined;
  }

  /**
   * Who sends this, for a route with that role. Rejects with ReplyError `TOO_MANY_ATTEMPTS` when wrong tokens came too
   * often.
   */
  async senderOf(
    request: ApiRequest,
    role: Entrance["role"],
    remote: () => string,
  ): Promise<Sender> {
    if (this.#gate === undefined) {
      const own = this.isAdminByHeader(request) ? "admin" : "view";
      return { user: null, role: own, session: undefined };
    }
    const session = this.#sessionOf(request);
    if (session !== undefined) return senderAs(session.identity, session);
    const header = request.headers.get("authorization");
    // What is open must stay so for those who send something meant for a proxy.
    if (header === null || role === "open") return NOBODY;
    return senderAs(await this.#identityOf(this.#gate, header, remote));
  }

  /** Whether it is known who sends this, where that matters. */
  isKnown(sender: Sender, { role }: Pick<Entrance, "role">): boolean {
    return role === "open" || !this.isLoginOn || sender.role !== null;
  }

  /** Lets a sender who is known pass or throws ReplyError `FORBIDDEN`, `CROSS_SITE`. */
  check(sender: Sender, entrance: Entrance, request: ApiRequest, remote: () => string): void {
    const { method, role, isAclExempt } = entrance;
    const isWrite = method !== "GET";
    const refuse = (code: "CROSS_SITE" | "FORBIDDEN") => {
      const { refusals } = this.#inputs;
      refusals.add("http_forbidden", `HTTP: ${method} of ${remote()} is refused: ${code}`);
      return adminError(code);
    };
    // What shows or takes messages is nothing for other sites' pages either.
    const isGuarded = isWrite || role === "operate";
    if (isGuarded && isFromElsewhere(request.headers)) throw refuse("CROSS_SITE");
    if (role === "open") return;
    if (this.isLoginOn) {
      const own = sender.role === null ? -1 : roles.indexOf(sender.role);
      if (own < roles.indexOf(role)) throw refuse("FORBIDDEN");
      const isByCookie = sender.session !== undefined;
      if (isWrite && isByCookie && !isShownToBeOurs(request.headers)) throw refuse("CROSS_SITE");
    }
    if (role === "view" || isAclExempt || this.isAdminByHeader(request)) return;
    throw refuse("FORBIDDEN");
  }

  /** Whether --admin-user lets this pass. */
  isAdminByHeader({ headers }: ApiRequest): boolean {
    const { adminUsers, aclHttpHeader } = this.#inputs;
    if (adminUsers.length === 0) return true;
    return adminUsers.includes(readableText(headers.get(aclHttpHeader) ?? ""));
  }

  /** Tries a name and a token; an empty name stands for a token that says enough. Never rejects. */
  async logIn(user: string, token: string, remote: string): Promise<Login> {
    const { authority, clock } = this.#inputs;
    if (authority === undefined) return { kind: "wrong" };
    const attempt = this.#attempts.begin(user, ownerOf(ipOf(remote)), clock.nowMs());
    if (typeof attempt === "number") return { kind: "later", waitMs: attempt };
    const secret = byteStringOfText(user === "" ? token : `${user}:${token}`);
    const identity = await authority.user(secret, remote).catch(() => undefined);
    if (identity === undefined || !identity.hasRole("view")) return { kind: "wrong" };
    attempt.forgive();
    return { kind: "session", session: this.sessions.open(identity, clock.nowMs()) };
  }

  /** The cookie that holds a session, or takes it back. */
  cookieFor(session: Session | undefined, request: ApiRequest): string {
    const { basePath, sessionTimeoutMs } = this.#inputs;
    const isSecure = request.headers.get("x-forwarded-proto") === "https" ||
      request.headers.get("x-scheme") === "https";
    const seconds = session === undefined ? 0 : Math.floor(sessionTimeoutMs / 1000);
    const value = `${COOKIE}=${session?.id ?? ""}; Path=${basePath}; Max-Age=${seconds}`;
    return `${value}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
  }

  #sessionOf({ headers }: ApiRequest): Session | undefined {
    for (const part of (headers.get("cookie") ?? "").split(";")) {
      const [name, value] = part.trim().split("=", 2);
      if (name !== COOKIE || value === undefined) continue;
      const session = this.sessions.find(value, this.#inputs.clock.nowMs());
      if (session !== undefined) return session;
    }
    return undefined;
  }

  async #identityOf(
    gate: HttpGate,
    header: string,
    remote: () => string,
  ): Promise<Identity | undefined> {
    const attempt = this.#attempts.begin(
      undefined,
      ownerOf(ipOf(remote())),
      this.#inputs.clock.nowMs(),
    );
    if (typeof attempt === "number") throw adminError("TOO_MANY_ATTEMPTS");
    const admission = await gate.admit(header, "view", remote);
    if (admission === "unknown") return undefined;
    attempt.forgive();
    return admission === "forbidden" ? undefined : admission;
  }
}

/** A known user as sender, with the role that he has. */
export function senderAs(identity: Identity | undefined, session?: Session): Sender {
  if (identity === undefined) return NOBODY;
  const role = roles.findLast((one) => identity.hasRole(one)) ?? null;
  return { user: identity.name, role, session };
}

/** The address in `ip:port` or `[ip]:port`. */
export function ipOf(remote: string): string {
  return remote.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}
