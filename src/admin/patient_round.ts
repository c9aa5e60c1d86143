// Asks the same daemons again and again without being held up by those that were silent the last time: they get a moment,
// and go on being asked beside everything else. Invariant: of each daemon at most one answer is awaited.

import { pause, systemTimers } from "../base/timers.ts";

/** How long a daemon is waited for that was silent the last time. */
const MOMENT_MS = 250;

interface Silence {
  readonly error: unknown;
  /** The attempt that is under way. */
  attempt: Promise<unknown> | undefined;
}

/** Rounds of questions to daemons that answer with an `Answer`. */
export class PatientRound<Answer> {
  readonly #silent = new Map<string, Silence>();

  /** Asks a daemon, or says again why it was silent. */
  async ask(daemon: string, question: () => Promise<Answer>): Promise<Answer> {
    const silence = this.#silent.get(daemon);
    if (silence === undefined) return await this.#attempt(daemon, question);
    silence.attempt ??= this.#attempt(daemon, question);
    const attempt = silence.attempt as Promise<Answer>;
    attempt.catch(() => {});
    const enough = new AbortController();
    const moment = pause(systemTimers, MOMENT_MS, enough.signal).then(() => {
      throw silence.error;
    });
    moment.catch(() => {});
    try {
      return await Promise.race([attempt, moment]);
    } finally {
      enough.abort();
    }
  }

  /** Forgets all daemons but these. */
  keep(daemons: readonly string[]): void {
    const kept = new Set(daemons);
    for (const daemon of this.#silent.keys()) if (!kept.has(daemon)) this.#silent.delete(daemon);
  }

  async #attempt(daemon: string, question: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await question();
      this.#silent.delete(daemon);
      return answer;
    } catch (error) {
      this.#silent.set(daemon, { error, attempt: undefined });
      throw error;
    }
  }
}
