/** Looks at a broker's memory again and again, and remembers the most it had. */
import { type BrokerProcess, inMib } from "./broker_process.ts";

const LOOK_MS = 40;

/** Watches until its scope ends. */
export class RssWatch implements Disposable {
  /** The memory when the watch began, bytes. */
  readonly startBytes: number;
  #mostBytes = 0;
  readonly #broker: BrokerProcess;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(broker: BrokerProcess) {
    this.#broker = broker;
    this.startBytes = broker.rssBytes();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    if (this.#broker.isAlive) this.#mostBytes = Math.max(this.#mostBytes, this.#broker.rssBytes());
  }

  /** How much more it had at any time than at the start. */
  get growthBytes(): number {
    this.#look();
    return this.#mostBytes - this.startBytes;
  }

  /** Throws when it had over `limitBytes` more than at the start. */
  expectBelow(limitBytes: number): void {
    const { growthBytes } = this;
    if (growthBytes <= limitBytes) return;
    throw new Error(`The broker took ${inMib(growthBytes)} more, ${inMib(limitBytes)} are allowed`);
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
