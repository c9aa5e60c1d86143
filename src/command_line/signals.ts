// The signals of daemons: SIGINT and SIGTERM end one, SIGHUP has files read again.

/** Resolves at SIGINT or SIGTERM, from the call on; afterwards neither ends the process by itself. */
export function endSignal(): Promise<void> {
  return endSignals(false).stop;
}

/** What the signals ask for; each resolves once at most. */
export interface EndSignals {
  /** To drain, and to stop after it. */
  readonly drain: Promise<void>;
  /** To stop now. */
  readonly stop: Promise<void>;
}

/** The same, where the first SIGTERM may ask for a drain: the next one, and SIGINT at any time, ask to stop. */
export function endSignals(isDrainedFirst: boolean): EndSignals {
  const drain = Promise.withResolvers<void>();
  const stop = Promise.withResolvers<void>();
  let isDraining = !isDrainedFirst;
  Deno.addSignalListener("SIGINT", () => stop.resolve());
  Deno.addSignalListener("SIGTERM", () => {
    if (isDraining) return stop.resolve();
    isDraining = true;
    drain.resolve();
  });
  return { drain: drain.promise, stop: stop.promise };
}

/**
 * Takes SIGHUP from now on: unhandled, it would end the process with everything it holds in memory. What the result is
 * given is called at each, and at once when one came before.
 */
export function hangUps(): (reload: () => void) => void {
  let heard = false;
  let reload = () => {
    heard = true;
  };
  Deno.addSignalListener("SIGHUP", () => reload());
  return (begun) => {
    reload = begun;
    if (heard) begun();
  };
}
