// Finding the nsqds that have a topic: every nsqlookupd is asked, and what they know is united, so that one that is down
// or has just started hides nothing. Knows no connections to nsqds.
// Invariant: an answer is only taken as a whole; a server that fails counts for nothing while another answers.

import { formatHostPort } from "../base/host_port.ts";
import { httpGet } from "../base/http_get.ts";
import { NsqError, reasonOf } from "./nsq_error.ts";

const REPLY_BYTES_MAX = 5 * 1024 * 1024;
const ACCEPT = "application/vnd.nsq; version=1.0";

/**
 * The addresses of the nsqds that have a topic, none when no server knows it.
 * @param lookupds `host:port` or URLs with `http:`; at least one
 * @param limitMs for each question
 * @throws {NsqError} DISCOVERY_FAILED when none of them answers
 */
export async function findServers(
  lookupds: readonly string[],
  topic: string,
  limitMs: number,
): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    [...new Set(lookupds)].map((lookupd) => serversAt(lookupd, topic, limitMs)),
  );
  const answers = outcomes.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  if (answers.length > 0) return [...new Set(answers.flat())].toSorted();
  const reasons = outcomes.map((each) => each.status === "rejected" ? reasonOf(each.reason) : "");
  const text = `No nsqlookupd says where topic "${topic}" is: ${reasons.join("; ")}`;
  throw new NsqError("DISCOVERY_FAILED", text);
}

async function serversAt(lookupd: string, topic: string, limitMs: number): Promise<string[]> {
  try {
    const { status, body } = await httpGet({
      url: lookupUrl(lookupd, topic),
      headers: { accept: ACCEPT },
      limitMs,
      bytesMax: REPLY_BYTES_MAX,
    });
    // It does not know the topic, which may appear later.
    if (status === 404) return [];
    if (status !== 200) throw new Error(`it answered with status ${status}`);
    const producers: unknown = JSON.parse(body)?.producers;
    if (!Array.isArray(producers)) throw new Error("it answered without a list of producers");
    return producers.flatMap((producer) => addressOf(producer) ?? []);
  } catch (error) {
    throw new Error(`${lookupd}: ${reasonOf(error)}`, { cause: error });
  }
}

function lookupUrl(lookupd: string, topic: string): URL["href"] {
  const url = new URL(lookupd.includes("://") ? lookupd : `http://${lookupd}`);
  if (url.pathname === "/") url.pathname = "/lookup";
  url.searchParams.set("topic", topic);
  return url.href;
}

function addressOf(producer: unknown): string | undefined {
  if (typeof producer !== "object" || producer === null) return undefined;
  const { broadcast_address: hostname, tcp_port: port } = producer as Record<string, unknown>;
  if (typeof hostname !== "string" || !/^[\w.:-]+$/.test(hostname)) return undefined;
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65535) return undefined;
  return formatHostPort({ hostname, port: Number(port) });
}
