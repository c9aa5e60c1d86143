// Draining as the HTTP API sees it: it is begun, called off and looked at.

/** A drain under way; counts are sums over all topics and channels. */
export interface DrainView {
  /** Ms since the Unix epoch. */
  readonly startWallMs: number;
  /** The same; undefined is as long as it takes. */
  readonly deadlineWallMs: number | undefined;
  readonly depth: number;
  readonly inFlight: number;
  readonly deferred: number;
}

/** Begins and ends the drain of a broker. */
export interface DrainSwitch {
  /** Undefined while there is none under way. */
  readonly view: DrainView | undefined;
  /** Begins to drain for `timeoutMs` at most; 0 is for ever, absent is what the options say. Again: with a new limit. */
  begin(timeoutMs?: number): void;
  /** The broker stays after all. */
  callOff(): void;
}

/** A drain in the form of the API: whole seconds since the Unix epoch. */
export function drainJson(view: DrainView | undefined): Record<string, unknown> {
  if (view === undefined) return { draining: false };
  const { startWallMs, deadlineWallMs, depth, inFlight, deferred } = view;
  return {
    draining: true,
    since: Math.floor(startWallMs / 1000),
    deadline: deadlineWallMs === undefined ? null : Math.ceil(deadlineWallMs / 1000),
    depth,
    in_flight: inFlight,
    deferred,
  };
}
