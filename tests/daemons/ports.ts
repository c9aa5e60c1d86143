/**
 * Free loopback ports, found by binding them.
 *
 * Stays below 32768, where systems begin to number outgoing connections, so that a port that was
 * free a moment ago is not taken by a client of another test. No port is given twice in a run.
 */
const PORT_MIN = 20_200;
const PORT_END = 32_000;
const ATTEMPTS_MAX = 2000;

const given = new Set<number>();

/** A port that nobody listened on a moment ago; throws if it finds none. */
export function freePort(): number {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_END - PORT_MIN));
    if (given.has(port) || !isFree(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error(`No free port found between ${PORT_MIN} and ${PORT_END}; end what uses them.`);
}

/** Allows those ports to be given again. */
export function returnPorts(ports: Iterable<number>): void {
  for (const port of ports) given.delete(port);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
