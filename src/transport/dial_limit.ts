// A limit for connecting, which the runtime itself does not have. Knows neither addresses nor protocols.

import { systemTimers, type Timers } from "../base/timers.ts";

/**
 * Resolves with the socket that `connecting` gives. One that comes after the limit is closed.
 * @throws {Error} with `lateText` after `limitMs`; else what `connecting` rejects with
 */
export async function connectedWithin<Socket extends Pick<Deno.Conn, "close">>(
  connecting: Promise<Socket>,
  limitMs: number,
  timers: Timers = systemTimers,
  lateText = `no answer within ${limitMs} ms`,
): Promise<Socket> {
  const late = Promise.withResolvers<never>();
  const cancel = timers.after(limitMs, () => {
    late.reject(new Error(lateText));
    connecting.then((socket) => socket.close(), () => {});
  });
  try {
    return await Promise.race([connecting, late.promise]);
  } finally {
    cancel();
  }
}
