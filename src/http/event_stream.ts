// Messages as server-sent events. A client that does not read fills the stream, then gets no more, and is sent away when it
// has not read for a minute.

import { endStream } from "../web/stream_end.ts";
import type { Outlet, Seat } from "./seat.ts";

/** Bytes that wait for a client. */
const WAITING_BYTES_MAX = 64 * 1024;
const HEARTBEAT_MS = 15_000;
const STUCK_MS = 60_000;

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  // Proxies that gather answers would hold messages back.
  "X-Accel-Buffering": "no",
};

/** An answer that never ends by itself. */
export class EventStream implements Outlet {
  readonly response: Response;
  /** Set once, before anything is said. */
  seat: Seat | undefined;
  readonly #nowMs: () => number;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #readMs: number;
  #saidMs: number;
  #isOver = false;

  /** @param headers go into the answer */
  constructor(nowMs: () => number, headers: Readonly<Record<string, string>>) {
    this.#nowMs = nowMs;
    this.#readMs = this.#saidMs = nowMs();
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES_MAX });
    const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#readMs = nowMs();
        this.seat?.wake();
      },
      cancel: () => this.#end(),
    };
    const stream = new ReadableStream(source, strategy);
    this.response = new Response(stream, { headers: { ...HEADERS, ...headers } });
    // The client learns at once that it is subscribed.
    this.#say(": subscribed\n\n");
  }

  get isFull(): boolean {
    return this.#isOver || (this.#controller.desiredSize ?? 0) <= 0;
  }

  message(json: string, id: string): void {
    // JSON that a message brought along may have lines of its own.
    const data = json.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`).join("");
    this.#say(`event: message\nid: ${id}\n${data}\n`);
  }

  #say(text: string): void {
    if (this.#isOver) return;
    this.#saidMs = this.#nowMs();
    this.#controller.enqueue(new TextEncoder().encode(text));
  }

  tick(nowMs: number): void {
    if (!this.isFull) {
      this.#readMs = nowMs;
      if (nowMs - this.#saidMs >= HEARTBEAT_MS) this.#say(": heartbeat\n\n");
    } else if (nowMs - this.#readMs >= STUCK_MS) this.close();
  }

  close(): void {
    if (this.#isOver) return;
    endStream(this.#controller);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.seat?.leave();
  }
}
