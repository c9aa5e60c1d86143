// Live tails: the messages of a topic as they are published, through a channel of their own that goes with the reader.
// Invariant: a tail takes no message from a channel, nor from a topic's backlog: where the topic has no channel yet, it
// does not begin. Whoever reads slowly misses messages, and holds none up.

import { randomInt } from "node:crypto";
import { reasonOf } from "../base/system_error.ts";
import { Consumer } from "../client/consumer.ts";
import type { ConsumerEvent } from "../client/consumer_options.ts";
import type { Message } from "../client/message.ts";
import { endStream } from "../web/stream_end.ts";
import { nodeOf, type Producer, tcpAddressOf } from "./producers.ts";

const MAX_IN_FLIGHT = 100;
const BODY_BYTES_MAX = 16 * 1024;
const STATUS_MS = 2_000;
const STOP_MS_MAX = 1_000;
/** Events that wait for a slow reader, in bytes of JSON. */
const WAITING_BYTES_MAX = 1024 * 1024;

/** What is to be seen. */
export interface TailOrder {
  readonly topic: string;
  readonly producers: readonly Producer[];
  /** Messages a second that are shown at most. */
  readonly rate: number;
  readonly userAgent: string;
  /** Empty is none. */
  readonly secret: string;
  /** Whether the reader may still see it; asked now and then. */
  readonly isAllowed: () => boolean;
}

interface NodeState {
  readonly node: string;
  connected: boolean;
  error: string | undefined;
}

/** The tails there are. */
export class Tails {
  readonly #countMax: number;
  readonly #running = new Set<Tail>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** How many there are. */
  get count(): number {
    return this.#running.size;
  }

  /** Begins a tail: Server-Sent Events, until the reader goes. Undefined when there are too many. */
  open(order: TailOrder): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
    if (this.#running.size >= this.#countMax) return undefined;
    const tail = new Tail(order, () => this.#running.delete(tail));
    this.#running.add(tail);
    return tail.stream;
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((tail) => tail.close()));
  }
}

class Tail {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #order: TailOrder;
  readonly #states: readonly NodeState[];
  readonly #consumers: readonly Consumer[];
  readonly #onEnd: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #encoder = new TextEncoder();
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #skipped = 0;
  #shownInSecond = 0;
  #secondMs = 0;
  #closing: Promise<void> | undefined;

  constructor(order: TailOrder, onEnd: () => void) {
    this.#order = order;
    this.#onEnd = onEnd;
    this.#states = order.producers.map((producer) => ({
      node: nodeOf(producer),
      connected: false,
      error: undefined,
    }));
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.close(),
    }, { highWaterMark: WAITING_BYTES_MAX, size: (bytes) => bytes.length });
    const channel = `nsqadmin-tail-${randomInt(1e9)}#ephemeral`;
    this.#consumers = order.producers.map((producer, index) =>
      this.#consumerOf(producer, channel, this.#states[index]!)
    );
    for (const [index, consumer] of this.#consumers.entries()) {
      consumer.start().catch((error) => this.#states[index]!.error = reasonOf(error));
    }
    this.#timer = setInterval(() => this.#tick(), STATUS_MS);
    this.#status();
  }

  /** Ends it: its channel goes with its connections. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#onEnd();
    endStream(this.#controller);
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
  }

  #consumerOf(producer: Producer, channel: string, state: NodeState): Consumer {
    const { topic, userAgent, secret } = this.#order;
    return new Consumer({
      topic,
      channel,
      addresses: [tcpAddressOf(producer)],
      maxInFlight: MAX_IN_FLIGHT,
      maxAttempts: 0,
      stopMsMax: STOP_MS_MAX,
      userAgent,
      ...secret === "" ? {} : { authSecret: secret },
      onEvent: (event) => noteEvent(state, event),
      handler: (message) => this.#show(state.node, message),
    });
  }

  #show(node: string, message: Message): void {
    const nowMs = performance.now();
    if (nowMs - this.#secondMs >= 1000) {
      this.#secondMs = nowMs;
      this.#shownInSecond = 0;
    }
    const isSlow = (this.#controller.desiredSize ?? 0) <= 0;
    if (this.#shownInSecond >= this.#order.rate || isSlow) {
      this.#skipped++;
      return;
    }
    this.#shownInSecond++;
    this.#send("message", { node, ...shownMessage(message) });
  }

  #tick(): void {
    if (this.#order.isAllowed()) this.#status();
    else void this.close();
  }

  #status(): void {
    this.#send("status", { nodes: this.#states, skipped: this.#skipped });
  }

  #send(event: string, data: unknown): void {
    if (this.#closing !== undefined) return;
    this.#controller.enqueue(
      this.#encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    );
  }
}

function noteEvent(state: NodeState, event: ConsumerEvent): void {
  if (event.kind === "connected") {
    state.connected = true;
    state.error = undefined;
  } else if (event.kind === "disconnected" || event.kind === "connect failed") {
    state.connected = false;
    state.error = reasonOf(event.error);
  }
}

function shownMessage(message: Message) {
  const { id, timestamp, attempts, body } = message;
  const shown = body.subarray(0, BODY_BYTES_MAX);
  const isTruncated = shown.length < body.length;
  return {
    id,
    timestamp_ms: Number(timestamp / 1000n) / 1000,
    attempts,
    size: body.length,
    is_truncated: isTruncated,
    ...shownBody(shown, isTruncated),
  };
}

/** As text if it is text: a last character that was cut in two does not count against it. */
function shownBody(bytes: Uint8Array, isTruncated: boolean): { encoding: string; body: string } {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { encoding: "text", body: decoder.decode(bytes, { stream: isTruncated }) };
  } catch {
    return { encoding: "hex", body: bytes.toHex() };
  }
}
