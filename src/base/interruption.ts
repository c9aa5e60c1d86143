// Waiting for something until a signal says stop. `Promise.race` with one long-lived promise would do the same and
// keep a little memory for every round.

/** Resolves as `promise` does, or with undefined as soon as `signal` is aborted. */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) {
    promise.catch(() => {}); // nobody is left to hear of it
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
