// What is done about rejections that nobody handles.

import type { LogOutput } from "../base/log_output.ts";

/**
 * Has them logged instead of ending this thread: whatever went wrong unseen, a broker that goes on keeps its messages,
 * and one that ends does not.
 */
export function surviveRejections(log: LogOutput): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error(`unexpected: ${event.reason?.stack ?? event.reason}`);
  });
}
