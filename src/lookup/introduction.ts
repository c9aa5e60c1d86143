// What a node and an nsqlookupd say of themselves to each other, as bytes and as JSON. Opens nothing.

import { bytesOf } from "../base/byte_string.ts";
import { formatHostPort } from "../base/host_port.ts";
import type { NodeIdentity } from "./lookup_port.ts";

/** Magic and IDENTIFY, as they go over the wire. */
export function identifyCommand(node: NodeIdentity): Uint8Array {
  const document = new TextEncoder().encode(JSON.stringify({
    broadcast_address: node.broadcastAddress,
    hostname: node.hostname,
    http_port: node.httpPort,
    tcp_port: node.tcpPort,
    topology_region: node.topologyRegion,
    topology_zone: node.topologyZone,
    version: node.version,
  }));
  const head = bytesOf("  V1IDENTIFY\n");
  const bytes = new Uint8Array(head.length + 4 + document.length);
  bytes.set(head);
  new DataView(bytes.buffer).setInt32(head.length, document.length);
  bytes.set(document, head.length + 4);
  return bytes;
}

/** What a server says of itself; undefined when that is no object in JSON. Who wants TLS is not sent to plain HTTP. */
export function serverOf(
  answer: string,
  isSecured: boolean,
): { version: string; origin: string | undefined } | undefined {
  const document = documentOf(answer);
  if (document === undefined) return undefined;
  const { broadcast_address: hostname, version } = document;
  const port = document[isSecured ? "https_port" : "http_port"];
  const scheme = isSecured ? "https" : "http";
  const isReachable = typeof hostname === "string" && /^[\w.:-]+$/.test(hostname) &&
    typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65536;
  return {
    version: typeof version === "string" && /^[\w.+-]{1,40}$/.test(version) ? version : "",
    origin: isReachable ? `${scheme}://${formatHostPort({ hostname, port })}` : undefined,
  };
}

function documentOf(answer: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(answer);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // An error code, most likely.
  }
  return undefined;
}
