// GET /healthz, /readyz and /metrics of nsqadmin itself.

import { type HealthCheck, healthReply, loopCheck } from "../../web/health.ts";
import { metricsReply } from "../../web/replies.ts";
import type { Call } from "../call.ts";
import type { AdminHost } from "../host.ts";
import { adminMetricsText } from "../metrics.ts";
import { askAll } from "../partial.ts";

/** GET /healthz: whether the process is worth keeping. */
export function health({ host }: Call): Response {
  return healthReply([loopCheck(host.loopDelay)]);
}

/** GET /readyz: whether it can show a cluster: one nsqlookupd, or one nsqd of the options, must answer. */
export async function readiness({ host }: Call): Promise<Response> {
  return healthReply([
    loopCheck(host.loopDelay),
    { name: "cluster", reason: await clusterFault(host) },
  ]);
}

async function clusterFault(
  { client, cluster, options }: AdminHost,
): Promise<HealthCheck["reason"]> {
  const kind = cluster.isLookedUp ? "nsqlookupd" : "nsqd";
  const addresses = cluster.isLookedUp ? cluster.lookupdAddresses : options.nsqdHttpAddress;
  const { answers, errors } = await askAll(
    addresses,
    (address) => client.getJson({ kind, address, target: "/info", isRoutine: true }),
  );
  if (answers.length > 0) return undefined;
  return errors.map(({ message }) => message).join("; ") || `there is no ${kind} to ask`;
}

/** GET /metrics. */
export function metrics({ host }: Call): Response {
  return metricsReply(adminMetricsText(host));
}
