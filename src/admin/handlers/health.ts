// GET /healthz, /readyz and /metrics of nsqadmin itself.

import { askAll } from "../partial.ts";
import { jsonReply, plainReply } from "../../web/replies.ts";
import type { Call } from "../call.ts";
import type { AdminHost } from "../host.ts";
import { metricsText } from "../metrics.ts";

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Empty when it is well. */
  readonly reason: string;
}

/** GET /healthz: whether the process is worth keeping. That it answers says so. */
export function health(): Response {
  return healthReply([{ name: "http", ok: true, reason: "" }]);
}

/** GET /readyz: whether it can show a cluster: one nsqlookupd, or one nsqd of the options, must answer. */
export async function readiness({ host }: Call): Promise<Response> {
  return healthReply([await clusterCheck(host)]);
}

async function clusterCheck({ client, cluster, options }: AdminHost): Promise<Check> {
  const kind = cluster.isLookedUp ? "nsqlookupd" : "nsqd";
  const addresses = cluster.isLookedUp ? cluster.lookupdAddresses : options.nsqdHttpAddress;
  const target = "/info";
  const { answers, errors } = await askAll(
    addresses,
    (address) => client.getJson({ kind, address, target, isRoutine: true }),
  );
  const ok = answers.length > 0;
  const reason = errors.map(({ message }) => message).join("; ");
  return { name: "cluster", ok, reason: ok ? "" : reason || `there is no ${kind} to ask` };
}

function healthReply(checks: readonly Check[]): Response {
  const isWell = checks.every(({ ok }) => ok);
  return jsonReply({ status: isWell ? "ok" : "failing", checks }, isWell ? 200 : 503);
}

/** GET /metrics. */
export function metrics({ host }: Call): Response {
  return plainReply(metricsText(host));
}
