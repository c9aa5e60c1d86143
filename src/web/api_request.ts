// A request as the HTTP APIs read it, whichever server received it.

import type { LinkListener, Upgrade } from "./socket_link.ts";

/** What an API reads of a request: that of Deno.serve is one, and so is what stands in for node:http's. */
export interface ApiRequest {
  readonly method: string;
  /** Scheme, host, and the target as it was sent. */
  readonly url: string;
  readonly headers: Pick<Headers, "get" | "has">;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** The whole body; for those whose length is known to be small. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** Makes a WebSocket of it, on servers where that is the request's doing; see `upgraded`. */
  readonly upgrade?: (listener: LinkListener) => Upgrade | undefined;
}
