// Every error the HTTP API answers with, once: status and text. The text is what clients match; it never says more.
// Source: NSQ's HTTP API, nsqd.

import { generalErrors, ReplyError, type ReplyErrorRow } from "../web/reply_error.ts";

/** The errors of the HTTP API. */
export const httpErrors = {
  INVALID_REQUEST: generalErrors.INVALID_REQUEST,
  MISSING_ARG_TOPIC: { status: 400, meaning: "there is no `topic` in the query" },
  INVALID_TOPIC: { status: 400, meaning: "no topic can have this name" },
  INVALID_ARG_TOPIC: { status: 400, meaning: "no topic can have this name (channel endpoints)" },
  MISSING_ARG_CHANNEL: { status: 400, meaning: "there is no `channel` in the query" },
  INVALID_ARG_CHANNEL: { status: 400, meaning: "no channel can have this name" },
  "MSG_EMPTY": { status: 400, meaning: "the message has no bytes" },
  INVALID_DEFER: { status: 400, meaning: "`defer` is no number of ms up to `max_req_timeout`" },
  INVALID_OPTION: { status: 400, meaning: "no such option, or it cannot be set while running" },
  INVALID_VALUE: { status: 400, meaning: "the option cannot have this value" },
  INVALID_ARG_STATE: { status: 400, meaning: "`state` is none of those a message can be in" },
  INVALID_ARG_LIMIT: { status: 400, meaning: "`limit` is no number from 1 to 1000" },
  INVALID_ARG_BYTES: { status: 400, meaning: "`bytes` is no number from 0 to 1048576" },
  INVALID_ARG_FORMAT: { status: 400, meaning: "`format` is not `text`, `json` or `hex`" },
  INVALID_ARG_SINCE: { status: 400, meaning: "`since` is no time in ms since the Unix epoch" },
  MISSING_ARG_ID: { status: 400, meaning: "there is no `id` in the query" },
  INVALID_ARG_ID: { status: 400, meaning: "no message of this node can have this id" },
  MISSING_ARG_TO: { status: 400, meaning: "there is no `to`, the other topic, in the query" },
  INVALID_ARG_TO: { status: 400, meaning: "no topic can have the name in `to`" },
  UNAUTHORIZED: { status: 401, meaning: "the request says nothing that shows who sends it" },
  FORBIDDEN: { status: 403, meaning: "the user's role or permissions do not allow this" },
  NOT_FOUND: generalErrors.NOT_FOUND,
  TOPIC_NOT_FOUND: { status: 404, meaning: "no such topic" },
  CHANNEL_NOT_FOUND: { status: 404, meaning: "no such channel of this topic" },
  MESSAGE_NOT_FOUND: { status: 404, meaning: "there is no such message in a state that fits" },
  METHOD_NOT_ALLOWED: generalErrors.METHOD_NOT_ALLOWED,
  BODY_TIMEOUT: { status: 408, meaning: "the body took longer than `command_timeout`" },
  "MSG_TOO_BIG": { status: 413, meaning: "a message is larger than `max_msg_size`" },
  BODY_TOO_BIG: { status: 413, meaning: "the body is larger than `max_body_size`" },
  BAD_BODY: { status: 413, meaning: "a binary batch has no usable count" },
  BAD_MESSAGE: {
    status: 413,
    meaning: "a message of a binary batch is empty, too big or cut short",
  },
  VALUE_SIZE: {
    status: 413,
    text: "INVALID_VALUE",
    meaning: "the value is empty or larger than `max_msg_size`",
  },
  INTERNAL_ERROR: generalErrors.INTERNAL_ERROR,
  EXITING: { status: 503, meaning: "the topic is going away, or its messages cannot be stored" },
} as const satisfies Record<string, ReplyErrorRow>;

/** The name of a row. */
export type HttpErrorCode = keyof typeof httpErrors;

/** An answer of nsqd's API other than success. */
export class HttpError extends ReplyError {
  override readonly name = "HttpError";

  constructor(readonly code: HttpErrorCode, options?: ErrorOptions) {
    super(code, httpErrors[code], options);
  }
}
