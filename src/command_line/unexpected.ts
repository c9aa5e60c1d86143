// What is done about errors and rejections that nobody handles.

import { FORESEEN_FAULTS } from "../base/foreseen_faults.ts";
import type { LogOutput } from "../base/log_output.ts";

/**
 * Has them logged instead of ending this thread: whatever went wrong unseen, a broker that goes on keeps its messages,
 * and one that ends does not.
 */
export function surviveFaults(log: LogOutput): void {
  const say = (fault: unknown) =>
    log.error(`unexpected: ${fault instanceof Error ? fault.stack : fault}`);
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    say(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    // Who foresaw it began to listen later, and is asked later.
    queueMicrotask(() => FORESEEN_FAULTS.has(event.error) || say(event.error));
  });
}
