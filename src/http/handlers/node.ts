// GET /ping, /info, /healthz, /readyz and /metrics: is it alive, who is it, and how does it do.

import { nanosecondsOf } from "../../base/go_duration.ts";
import { VERSION } from "../../base/version.ts";
import type { Call } from "../call.ts";
import { healthReply, loopCheck } from "../../web/health.ts";
import { jsonReply, metricsReply, plainReply } from "../../web/replies.ts";
import { nsqdMetrics } from "../metrics.ts";

/** GET /ping: `OK`, or 500 and why the node is not healthy. */
export function ping({ host }: Call): Response {
  const { health } = host;
  return plainReply(health, health === "OK" ? 200 : 500);
}

/** GET /info: what clients and other servers need to know of this node. */
export function info({ host }: Call): Response {
  const { options } = host;
  return jsonReply({
    version: VERSION,
    broadcast_address: options.broadcastAddress,
    hostname: host.hostname,
    http_port: host.httpPort,
    tcp_port: host.tcpPort,
    start_time: Math.floor(host.startWallMs / 1000),
    max_heartbeat_interval: nanosecondsOf(options.maxHeartbeatInterval),
    max_output_buffer_size: options.maxOutputBufferSize,
    max_output_buffer_timeout: nanosecondsOf(options.maxOutputBufferTimeout),
    max_deflate_level: options.maxDeflateLevel,
    topology_zone: options.topologyZone,
    topology_region: options.topologyRegion,
  });
}

/** GET /healthz: whether the process is worth keeping. */
export function healthz({ host }: Call): Response {
  return healthReply([loopCheck(host.loopDelay)]);
}

/** GET /readyz: whether it should be given something to do. */
export function readyz({ host }: Call): Response {
  const { health } = host;
  return healthReply([
    loopCheck(host.loopDelay),
    { name: "storage", reason: health === "OK" ? undefined : health.replace(/^NOK - /, "") },
    { name: "disk_space", reason: host.disk().refusal },
  ]);
}

/** GET /metrics, for Prometheus. */
export async function metrics({ host }: Call): Promise<Response> {
  return metricsReply(await nsqdMetrics(host));
}
