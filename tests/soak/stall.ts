/**
 * Notices when this process itself could not run: what clients believe of times is then worth less.
 */
const TICK_MS = 50;

/** Watches the event loop of the test. */
export class StallWatch implements Disposable {
  #lastTickMs = performance.now();
  #stalledMs = -Infinity;
  readonly #timer = setInterval(() => this.#tick(), TICK_MS);

  #tick(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastTickMs > 300) this.#stalledMs = nowMs;
    this.#lastTickMs = nowMs;
  }

  /** Whether the loop stood still for long in the last three seconds. */
  get isRecent(): boolean {
    this.#tick();
    return performance.now() - this.#stalledMs < 3000;
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
