// nsqd in one thread, with every permission of the process: what --confined=false asks for.

import type { LogOutput } from "../base/log_output.ts";
import { Broker, StartError } from "../broker.ts";
import type { ThreadEnd } from "../confinement/broker_thread.ts";
import type { Options } from "../options/nsqd_options.ts";
import { commandLineOf } from "./daemon.ts";
import { endSignals, hangUps } from "./signals.ts";
import { surviveFaults } from "./unexpected.ts";

/** Runs a broker until a signal ends it. */
export async function runUnconfined(
  options: Options,
  hostname: string,
  log: LogOutput,
): Promise<ThreadEnd> {
  surviveFaults(log);
  const onHangUp = hangUps();
  const { drain, stop } = endSignals(options.drainTimeout > 0);
  try {
    const broker = await Broker.start({
      options,
      log,
      hostname,
      commandLine: commandLineOf("nsqd"),
    });
    onHangUp(() => broker.reload());
    void drain.then(() => broker.drain());
    await Promise.race([stop, broker.drained]);
    await broker.stop();
  } catch (error) {
    if (error instanceof StartError) return { kind: "refused", text: error.message };
    throw error;
  }
  log.info("NSQ: bye");
  return { kind: "stopped" };
}
