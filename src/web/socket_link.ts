// A WebSocket as the API uses it, whichever server has it. Both ends may close it; what is heard is text.

/** Longest text a client may send. */
export const CLIENT_TEXT_BYTES_MAX = 16 * 1024;

/** Who uses a link. */
export interface LinkListener {
  /** The client may be sent something from now on. */
  opened(): void;
  heard(text: string): void;
  /** Nothing more is heard or sent; called once. */
  closed(): void;
}

/** A WebSocket. */
export interface SocketLink {
  /** Sends a text; nothing when it is closed. */
  send(text: string): void;
  /** Bytes that were sent and have not left. */
  readonly waitingBytes: number;
  /** Ends it; the reason is for the client. */
  close(code: number, reason: string): void;
}

/** A link, and the response that the server is to be given for it. */
export interface Upgrade {
  readonly link: SocketLink;
  readonly response: Response;
}
