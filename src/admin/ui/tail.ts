/**
 * The live tail of a topic: reads nsqadmin's stream of events and hands messages on as they come.
 * Invariant: when the signal ends it, the connection closes, and with it the ephemeral channels.
 */
import { apiAddress, ApiError } from "./api.ts";
import type { MessageRow, Reply, TailStatus } from "./api_shapes.ts";
import { EventStream } from "./event_stream.ts";

/** Who listens to a tail. */
export interface TailListener {
  readonly onMessage: (message: MessageRow) => void;
  readonly onStatus: (status: TailStatus) => void;
}

/** Messages a second that a page can show and somebody can read. */
const rateMax = 20;

/** Listens until the signal ends it or the server does. Throws an ApiError when refused. */
export async function tail(
  topic: string,
  listener: TailListener,
  signal: AbortSignal,
): Promise<void> {
  const response = await fetch(apiAddress("tail", { topic, rate: rateMax }), {
    headers: { Accept: "text/event-stream" },
    signal,
  });
  if (!response.ok || response.body === null) {
    const reply = await response.json().catch(() => ({})) as Reply;
    throw new ApiError(response.status, reply.message || `refused with ${response.status}`);
  }
  const stream = new EventStream();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    for (const { event, data } of stream.take(piece.value)) {
      if (event === "status") listener.onStatus(JSON.parse(data) as TailStatus);
      else if (event === "message") listener.onMessage(JSON.parse(data) as MessageRow);
    }
  }
}
