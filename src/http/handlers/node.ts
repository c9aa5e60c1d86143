// GET /ping and /info: is it alive, and who is it.

import { nanosecondsOf } from "../../base/go_duration.ts";
import { VERSION } from "../../base/version.ts";
import type { Call } from "../call.ts";
import { jsonReply, plainReply } from "../../web/replies.ts";

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
