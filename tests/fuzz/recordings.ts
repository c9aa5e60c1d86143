/**
 * What recorded clients sent, as the fuzzer's starting material: whole conversations of the TCP port, requests
 * of the HTTP API, and texts of config files. References to things of a recording become a fixed text.
 */
import { requestBytes } from "../conformance/http_exchange.ts";
import { bytesOf, joinBytes, loadCases, type Step } from "../conformance/vectors.ts";

/** Recordings that go on for megabytes teach nothing that shorter ones do not. */
const CONVERSATION_BYTES_MAX = 64 * 1024;

/** The starting material. */
export interface Recordings {
  readonly conversations: readonly Uint8Array[];
  readonly requests: readonly Uint8Array[];
  readonly configs: readonly string[];
}

const fill = (text: string) => text.replaceAll(/\$\{[^}]+\}/g, "0123456789abcdef");

/** Reads them from the recorded cases. */
export function loadRecordings(): Recordings {
  const conversations = new Map<string, Uint8Array[]>();
  const requests: Uint8Array[] = [];
  const configs: string[] = [];
  for (const { name, steps } of loadCases()) {
    for (const step of steps as readonly unknown[] as readonly Step[]) {
      const key = `${name} ${"conn" in step ? step.conn : ""}`;
      if (step.op === "connect") conversations.set(key, [bytesOf(step.magic ?? [], fill)]);
      else if (step.op === "send") conversations.get(key)?.push(bytesOf(step.data, fill));
      else if (step.op === "http_raw") requests.push(bytesOf(step.data, fill));
      else if (step.op === "http") requests.push(requestOf(step));
      else if (step.op === "tmp_file") configs.push(step.content);
    }
  }
  const short = (bytes: Uint8Array) => bytes.length <= CONVERSATION_BYTES_MAX;
  return {
    conversations: [...conversations.values()].map(joinBytes).filter(short),
    requests: requests.filter(short),
    configs,
  };
}

function requestOf(step: Step & { op: "http" }): Uint8Array {
  return requestBytes({
    method: step.method,
    target: fill(step.target),
    headers: { Connection: "keep-alive" },
    body: step.body === undefined ? null : bytesOf(step.body, fill),
    isChunked: step.chunked ?? false,
    version: step.http_version ?? "1.1",
  });
}
