// Delayed actions as something one is given, so that tests can put a clock of their own in their place.
// Knows nothing of what the actions do.

/** Calls an action later. */
export interface Timers {
  /** Runs `action` once after `delayMs`; the returned function calls it off, and may be called at any time. */
  after(delayMs: number, action: () => void): () => void;
}

/** Beyond this `setTimeout` fires at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** The runtime's timers; delays are cut to 24.8 days. */
export const systemTimers: Timers = {
  after(delayMs, action) {
    const id = setTimeout(action, Math.min(Math.max(delayMs, 0), DELAY_MS_MAX));
    return () => clearTimeout(id);
  },
};

/** Resolves after `delayMs`, or early when `signal` is aborted. */
export function pause(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      signal?.removeEventListener("abort", done);
      cancel();
      resolve();
    };
    const cancel = timers.after(delayMs, done);
    signal?.addEventListener("abort", done);
  });
}
