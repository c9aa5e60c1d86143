/**
 * What a computation costs the processor: unlike the time on the clock it does not grow while the machine lets nobody run.
 * It knows no broker.
 */
import process from "node:process";

/** What this thread has cost until now, ms. Test files that run at the same time have threads of their own. */
export function threadProcessorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
