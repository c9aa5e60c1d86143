// The errors of nsqlookupd's HTTP API, once, besides those that every API has.
// Source: NSQ's HTTP API, nsqlookupd.

import { ReplyError, type ReplyErrorRow } from "../web/reply_error.ts";

/** The errors. */
export const lookupdErrors = {
  MISSING_ARG_TOPIC: { status: 400, meaning: "there is no `topic` in the query" },
  INVALID_ARG_TOPIC: { status: 400, meaning: "no topic can have this name" },
  MISSING_ARG_CHANNEL: { status: 400, meaning: "there is no `channel` in the query" },
  INVALID_ARG_CHANNEL: { status: 400, meaning: "no channel can have this name" },
  MISSING_ARG_NODE: { status: 400, meaning: "there is no `node` in the query" },
  TOPIC_NOT_FOUND: { status: 404, meaning: "nobody ever had this topic" },
  CHANNEL_NOT_FOUND: { status: 404, meaning: "no such channel of this topic" },
  TOO_MANY_REGISTRATIONS: { status: 503, meaning: "there are `max_registrations` already" },
} as const satisfies Record<string, ReplyErrorRow>;

/** One of these errors, to be thrown. */
export function lookupdError(code: keyof typeof lookupdErrors): ReplyError {
  return new ReplyError(code, lookupdErrors[code]);
}
