// Every error a TCP client can be sent, once: code, whether the connection ends with it, meaning.
// Texts are NSQ's to the byte; the code decides what happens next, never the place that raised it.
// Source: NSQ TCP protocol V2, error catalogue.

/** What is fixed about an error code. */
export interface ErrorRow {
  /** True when the server closes the connection after sending it. */
  fatal: boolean;
  /** One line for the documentation. */
  meaning: string;
}

/** The error codes of the protocol. */
export const errors = {
  E_BAD_PROTOCOL: { fatal: true, meaning: "the connection did not begin with the magic `  V2`" },
  E_INVALID: { fatal: true, meaning: "unknown command, wrong state or malformed parameters" },
  E_BAD_BODY: {
    fatal: true,
    meaning: "the body of IDENTIFY, AUTH or MPUB is malformed or too big",
  },
  E_BAD_MESSAGE: { fatal: true, meaning: "a message is empty, too big or cut short" },
  E_BAD_TOPIC: { fatal: true, meaning: "the topic name is not valid" },
  E_BAD_CHANNEL: { fatal: true, meaning: "the channel name is not valid" },
  E_IDENTIFY_FAILED: { fatal: true, meaning: "what was negotiated cannot be done" },
  E_AUTH_DISABLED: { fatal: true, meaning: "AUTH was sent but the server asks for none" },
  E_AUTH_FIRST: { fatal: true, meaning: "the command needs AUTH before it" },
  E_AUTH_FAILED: { fatal: true, meaning: "the auth server could not be asked or refused" },
  E_AUTH_ERROR: { fatal: true, meaning: "the reply to AUTH could not be written" },
  E_UNAUTHORIZED: { fatal: true, meaning: "the client may not do this with this topic or channel" },
  E_SUB_FAILED: { fatal: true, meaning: "the channel takes no more consumers or is going away" },
  E_PUB_FAILED: { fatal: true, meaning: "the message was not accepted" },
  E_MPUB_FAILED: { fatal: true, meaning: "the messages were not accepted" },
  E_DPUB_FAILED: { fatal: true, meaning: "the deferred message was not accepted" },
  E_FIN_FAILED: { fatal: false, meaning: "the message to finish is not in flight to this client" },
  E_REQ_FAILED: { fatal: false, meaning: "the message to requeue is not in flight to this client" },
  E_TOUCH_FAILED: { fatal: false, meaning: "the message to touch is not in flight to this client" },
} as const satisfies Record<string, ErrorRow>;

/** A code of the table. */
export type ErrorCode = keyof typeof errors;

/** An error for the client; its text is a byte string. Whether it is fatal follows from the code. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";

  /** `text` is what follows the code in the frame; the frame is the code alone where it is empty. */
  constructor(readonly code: ErrorCode, readonly text: string, options?: ErrorOptions) {
    super(text === "" ? code : `${code} ${text}`, options);
  }

  /** Whether the connection ends after this error is sent. */
  get isFatal(): boolean {
    return errors[this.code].fatal;
  }
}
