/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
// The broker's thread: the other end of `BrokerThread`. All that it may do was decided when it was opened.

import { LogOutput } from "../base/log_output.ts";
import { Broker, StartError } from "../broker.ts";
import { AuthorityBridge } from "../confinement/authority_bridge.ts";
import { LookupBridge } from "../confinement/lookup_bridge.ts";
import { StatsdBridge } from "../confinement/statsd_bridge.ts";
import type { Order, Report } from "../confinement/messages.ts";
import { surviveFaults } from "./unexpected.ts";

const bridge = new AuthorityBridge(tell);
const lookup = new LookupBridge(tell);
let log: LogOutput | undefined;
let broker: Broker | undefined;
let stopping: Promise<void> | undefined;

self.onmessage = ({ data }: MessageEvent<Order>) => {
  // An unhandled rejection would be survived: a start or a stop that fails must not.
  if (data.kind === "start") start(data).catch(reportError);
  else if (data.kind === "stop") stop().catch(reportError);
  else if (data.kind === "reload") broker?.reload();
  else if (data.kind === "drain") broker?.drain();
  else if (data.kind === "channels answer") lookup.answered(data.id, data.channels);
  else bridge.answered(data.id, data.answer);
};

// Deno.exit ends only this thread, and would leave a process behind that does nothing.
globalThis.addEventListener("unload", () => tell({ kind: "exited" }));

async function start(order: Order & { kind: "start" }): Promise<void> {
  const { kind: _, ...inputs } = order;
  const { options } = order;
  const { logPrefix: prefix, logLevel: level, logFormat: format } = options;
  log = new LogOutput({ prefix, level, format });
  surviveFaults(log);
  try {
    broker = await Broker.start({
      ...inputs,
      log,
      authorityPort: bridge,
      lookupPort: lookup,
      statsdPort: new StatsdBridge(tell),
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log.flush();
    return tell({ kind: "refused", text: error.message });
  }
  broker.drained.then(stop).catch(reportError);
  tell({ kind: "listening" });
}

/** Once, whether a drain has ended or a signal is in a hurry. */
function stop(): Promise<void> {
  stopping ??= stopOnce();
  return stopping;
}

async function stopOnce(): Promise<void> {
  await broker?.stop();
  log?.info("NSQ: bye");
  log?.flush();
  tell({ kind: "stopped" });
}

function tell(report: Report): void {
  self.postMessage(report);
}
