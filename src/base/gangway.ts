// Lets only so many tasks run at once; the others wait their turn, and beyond a number nobody may even wait.

/** The queue is full. */
export class GangwayFull extends Error {
  override readonly name = "GangwayFull";
}

/** A narrow way for tasks. */
export class Gangway {
  readonly #width: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param width tasks at once @param waitingMax tasks that may wait; Infinity is any number */
  constructor(width: number, waitingMax: number) {
    this.#width = width;
    this.#waitingMax = waitingMax;
  }

  /**
   * Runs a task when there is room, and resolves or rejects as it does.
   * @throws {GangwayFull} when too many are waiting
   */
  async pass<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#width) await this.#turn();
    else this.#running++;
    try {
      return await task();
    } finally {
      // The place goes to the next in line directly: nobody who comes now may slip in before.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) throw new GangwayFull("too many are waiting");
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
