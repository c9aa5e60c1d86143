// From options to the numbers each layer asks for: the only place that knows both.

import { VERSION } from "./base/version.ts";
import type { Durability, StorageSettings } from "./log/storage_surroundings.ts";
import type { Options } from "./options/nsqd_options.ts";
import type { ChannelSettings } from "./queue/channel_surroundings.ts";
import type { SessionSettings } from "./server/session_host.ts";
import { Admission } from "./transport/admission.ts";

const TOPOLOGY_EXPERIMENT = "topology-aware-consumption";
/** Half of upstream's fixed client timeout of 60 s. */
const HEARTBEAT_INTERVAL_MS = 30_000;

/** What topics and channels need. */
export function topicSettings(options: Options): ChannelSettings {
  const hasQuantiles = options.e2eProcessingLatencyPercentile.length > 0;
  return {
    memQueueSize: options.memQueueSize,
    maxMsgTimeoutMs: options.maxMsgTimeout,
    latencyWindowMs: hasQuantiles ? options.e2eProcessingLatencyWindowTime : 0,
  };
}

/** What storage needs. */
export function storageSettings(options: Options): StorageSettings {
  return {
    dataPath: options.dataPath === "" ? "." : options.dataPath,
    durability: options.durability as Durability,
    nodeId: options.nodeId,
    maxBytesPerFile: options.maxBytesPerFile,
    memQueueSize: options.memQueueSize,
    syncEvery: options.syncEvery,
    syncTimeoutMs: options.syncTimeout,
    minFreeSpace: options.minFreeSpace,
  };
}

/** How many clients of the protocol there may be. */
export function tcpAdmission(options: Options): Admission {
  const { maxConnections, maxConnectionsPerAddress } = options;
  return new Admission({ connectionsMax: maxConnections, perAddressMax: maxConnectionsPerAddress });
}

/** How many connections to the HTTP API there may be, where they are counted. */
export function httpAdmission(options: Options): Admission {
  const { maxHttpConnections, maxConnectionsPerAddress } = options;
  const connectionsMax = maxHttpConnections;
  return new Admission({ connectionsMax, perAddressMax: maxConnectionsPerAddress });
}

/** What sessions need. */
export function sessionSettings(options: Options): SessionSettings {
  return {
    limits: { maxMsgSize: options.maxMsgSize, maxBodySize: options.maxBodySize },
    nodeId: options.nodeId,
    maxReqTimeoutMs: options.maxReqTimeout,
    maxDeferTimeoutMs: options.maxDeferTimeout || options.maxReqTimeout,
    maxRdyCount: options.maxRdyCount,
    handshakeTimeoutMs: options.handshakeTimeout,
    commandTimeoutMs: options.commandTimeout,
    maxChannelConsumers: options.maxChannelConsumers,
    isTlsRequired: options.tlsRequired !== "false",
    isTopologyAware: options.enableExperiment.includes(TOPOLOGY_EXPERIMENT),
    negotiation: {
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      maxHeartbeatIntervalMs: options.maxHeartbeatInterval,
      outputBufferTimeoutMs: options.outputBufferTimeout,
      minOutputBufferTimeoutMs: options.minOutputBufferTimeout,
      maxOutputBufferTimeoutMs: options.maxOutputBufferTimeout,
      maxOutputBufferSize: options.maxOutputBufferSize,
      msgTimeoutMs: options.msgTimeout,
      maxMsgTimeoutMs: options.maxMsgTimeout,
      maxRdyCount: options.maxRdyCount,
      maxDeflateLevel: options.maxDeflateLevel,
      isTlsOffered: options.tlsCert !== "",
      isDeflateEnabled: options.deflate,
      isSnappyEnabled: options.snappy,
      isAuthRequired: options.authHttpAddress.length > 0 || options.authFile !== "",
      topologyRegion: options.topologyRegion,
      topologyZone: options.topologyZone,
      version: VERSION,
    },
  };
}
