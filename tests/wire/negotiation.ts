// The bounds of IDENTIFY as upstream's default options give them.

import type { NegotiationLimits } from "../../src/wire/identify.ts";

/** Upstream's defaults. */
export const NEGOTIATION: NegotiationLimits = {
  heartbeatIntervalMs: 30_000,
  maxHeartbeatIntervalMs: 60_000,
  outputBufferTimeoutMs: 250,
  minOutputBufferTimeoutMs: 25,
  maxOutputBufferTimeoutMs: 30_000,
  maxOutputBufferSize: 65_536,
  msgTimeoutMs: 60_000,
  maxMsgTimeoutMs: 900_000,
  maxRdyCount: 2500,
  maxDeflateLevel: 6,
  isTlsOffered: false,
  isDeflateEnabled: true,
  isSnappyEnabled: true,
  isAuthRequired: false,
  topologyRegion: "",
  topologyZone: "",
  version: "1.2.3",
};
