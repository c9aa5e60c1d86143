/**
 * Server-Sent Events out of pieces of text, however they were cut. Pure. The browser's own EventSource
 * is not used because it hides why a stream was refused. Invariant: an event is given once, when its blank line is there.
 */

/** One event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Gathers pieces and gives the events that are complete. */
export class EventStream {
  #rest = "";

  /** Takes the next piece. Comments and unknown fields are left out. */
  take(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map(parseBlock).filter((event) => event !== undefined);
  }
}

function parseBlock(block: string): StreamEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const match = /^(event|data): ?(.*)$/.exec(line);
    if (match?.[1] === "event") event = match[2] ?? "";
    if (match?.[1] === "data") data.push(match[2] ?? "");
  }
  return data.length === 0 ? undefined : { event, data: data.join("\n") };
}
