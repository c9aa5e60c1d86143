// The errors of nsqadmin's HTTP API, once, besides those that every API has.
// Source: NSQ's nsqadmin; those for logging in, messages and tails are ours.

import { ReplyError, type ReplyErrorRow } from "../web/reply_error.ts";

/** The errors. */
export const adminErrors = {
  INVALID_BODY: { status: 400, meaning: "the body is no JSON of the form that is expected" },
  INVALID_TOPIC: { status: 400, meaning: "no topic can have this name" },
  INVALID_CHANNEL: { status: 400, meaning: "no channel can have this name" },
  INVALID_ACTION: { status: 400, meaning: "there is no such action" },
  INVALID_ARG_METRIC: { status: 400, meaning: "`metric` must be `rate`" },
  INVALID_ARG_TARGET: { status: 400, meaning: "there is no `target` in the query" },
  MISSING_ARG_TOPIC: { status: 400, meaning: "there is no `topic` in the query" },
  INVALID_REMOTE_ADDR: { status: 400, meaning: "where the client is cannot be read" },
  INVALID_OPTION: { status: 400, meaning: "there is no such option, or it cannot be set" },
  INVALID_VALUE: { status: 400, meaning: "the option cannot have this value" },
  VALUE_SIZE: { status: 413, text: "INVALID_VALUE", meaning: "the value is empty or above 1 MiB" },
  BODY_TOO_BIG: { status: 413, meaning: "the body is longer than anything that is expected" },
  UNAUTHORIZED: { status: 401, meaning: "nobody is logged in, or name or token are wrong" },
  FORBIDDEN: { status: 403, meaning: "the user, or the address, may not do that" },
  CROSS_SITE: { status: 403, meaning: "a page of another site sent this" },
  TOO_MANY_ATTEMPTS: { status: 429, meaning: "too many wrong logins; `Retry-After` says when" },
  NODE_NOT_FOUND: { status: 404, meaning: "nobody knows this nsqd" },
  TOPIC_NOT_FOUND: { status: 404, meaning: "nobody knows this topic" },
  TOPIC_HAS_NO_CHANNEL: {
    status: 409,
    meaning: "a tail would take what waits for the topic's first channel",
  },
  TOO_MANY_TAILS: { status: 429, meaning: "there are `max_tails` already" },
  NOT_SUPPORTED: { status: 501, meaning: "the nsqd is upstream's and cannot do that" },
} as const satisfies Record<string, ReplyErrorRow>;

/** One of these errors, to be thrown. */
export function adminError(code: keyof typeof adminErrors): ReplyError {
  return new ReplyError(code, adminErrors[code]);
}

/** Nobody in the cluster answered; the text says why. */
export function upstreamError(text: string): ReplyError {
  return new ReplyError("UPSTREAM_ERROR", {
    status: 502,
    text: `UPSTREAM_ERROR: ${text}`,
    meaning: "nobody in the cluster answered",
  });
}

/** What a client sent cannot be read; the text says why. */
export function badRequest(text: string): ReplyError {
  return new ReplyError("BAD_REQUEST", { status: 400, text, meaning: "cannot be read" });
}
