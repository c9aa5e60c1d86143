// The signals of nsqd: SIGINT and SIGTERM end it, SIGHUP has files read again.

/** Resolves at SIGINT or SIGTERM, from the call on; afterwards neither ends the process by itself. */
export function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    Deno.addSignalListener("SIGINT", resolve);
    Deno.addSignalListener("SIGTERM", resolve);
  });
}

/** Calls `reload` at each SIGHUP. Unhandled, it would end the process with everything it holds in memory. */
export function onHangUp(reload: () => void): void {
  Deno.addSignalListener("SIGHUP", reload);
}
