// Finding topics, and the nsqds that have one: every nsqlookupd is asked, and what they know is united, so that one that
// is down or has just started hides nothing. Knows no connections to nsqds.
// Invariant: an answer is only taken as a whole; a server that fails counts for nothing while another answers.

import { formatHostPort } from "../base/host_port.ts";
import { httpGet } from "../base/http_get.ts";
import { reasonOf } from "../base/system_error.ts";
import { isValidName } from "../wire/names.ts";
import { NsqError } from "./nsq_error.ts";

const REPLY_BYTES_MAX = 5 * 1024 * 1024;
const ACCEPT = "application/vnd.nsq; version=1.0";

/** Which nsqlookupds to ask, and how. */
export interface LookupSettings {
  /** `host:port` or URLs with `http:`; at least one. */
  readonly lookupds: readonly string[];
  /** For each question, ms. */
  readonly limitMs: number;
  /** Sent as a bearer's token when it is not empty. */
  readonly secret?: string;
}

/** An nsqd as an nsqlookupd announces it. */
interface Announced {
  readonly hostname: string;
  readonly tcpPort: unknown;
  readonly httpPort: unknown;
}

/**
 * The addresses of the nsqds that have a topic, none when no server knows it.
 * @throws {NsqError} DISCOVERY_FAILED when none of them answers
 */
export async function findServers(topic: string, settings: LookupSettings): Promise<string[]> {
  const found = await announced(topic, settings);
  return distinct(found.flatMap(({ hostname, tcpPort }) => addressOf(hostname, tcpPort)));
}

/**
 * The addresses of the HTTP APIs of the nsqds that have a topic, none when no server knows it.
 * @throws {NsqError} DISCOVERY_FAILED when none of them answers
 */
export async function findHttpServers(topic: string, settings: LookupSettings): Promise<string[]> {
  const found = await announced(topic, settings);
  return distinct(found.flatMap(({ hostname, httpPort }) => addressOf(hostname, httpPort)));
}

/**
 * All topics that any of the nsqlookupds knows, sorted.
 * @throws {NsqError} DISCOVERY_FAILED when none of them answers
 */
export async function findTopics(settings: LookupSettings): Promise<string[]> {
  const topics = await askAll({ list: "topics", path: "/topics" }, settings);
  return distinct(topics.flatMap((topic) => {
    return typeof topic === "string" && isValidName(topic) ? [topic] : [];
  }));
}

async function announced(topic: string, settings: LookupSettings): Promise<Announced[]> {
  const producers = await askAll({ list: "producers", path: "/lookup", topic }, settings);
  return producers.flatMap((producer) => announcedOf(producer) ?? []);
}

type Document = Readonly<Record<string, unknown>>;

interface Question {
  /** What the answer is called in the document. */
  readonly list: string;
  readonly path: string;
  readonly topic?: string;
}

/** What all of them answer, one after the other. */
async function askAll(question: Question, settings: LookupSettings): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(
    [...new Set(settings.lookupds)].map((lookupd) => ask(lookupd, question, settings)),
  );
  const answers = outcomes.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  if (answers.length > 0) return answers.flat();
  const reasons = outcomes.map((each) => each.status === "rejected" ? reasonOf(each.reason) : "");
  const { topic } = question;
  const matter = topic === undefined ? "which topics there are" : `where topic "${topic}" is`;
  throw new NsqError("DISCOVERY_FAILED", `No nsqlookupd says ${matter}: ${reasons.join("; ")}`);
}

async function ask(
  lookupd: string,
  question: Question,
  { limitMs, secret = "" }: LookupSettings,
): Promise<unknown[]> {
  const authorization = secret === "" ? {} : { authorization: `Bearer ${secret}` };
  try {
    const { status, body } = await httpGet({
      url: urlAt(lookupd, question),
      headers: { accept: ACCEPT, ...authorization },
      limitMs,
      bytesMax: REPLY_BYTES_MAX,
    });
    // It does not know the topic, which may appear later.
    if (status === 404) return [];
    if (status !== 200) throw new Error(`it answered with status ${status}`);
    const document: Document | null = JSON.parse(body);
    // Before NSQ 1.0 everything was wrapped.
    const wrapped = document?.["data"] as Document | null | undefined;
    const list = document?.[question.list] ?? wrapped?.[question.list];
    if (!Array.isArray(list)) throw new Error(`it answered without a list of ${question.list}`);
    return list;
  } catch (error) {
    throw new Error(`${lookupd}: ${reasonOf(error)}`, { cause: error });
  }
}

function urlAt(lookupd: string, { path, topic }: Question): string {
  const url = new URL(lookupd.includes("://") ? lookupd : `http://${lookupd}`);
  // An address with a path leads to a proxy, and is that of its lookup.
  url.pathname = url.pathname === "/" ? path : url.pathname.replace(/\/lookup$/, path);
  if (topic !== undefined) url.searchParams.set("topic", topic);
  return url.href;
}

function announcedOf(producer: unknown): Announced | undefined {
  if (typeof producer !== "object" || producer === null) return undefined;
  const { broadcast_address: hostname, tcp_port: tcpPort, http_port: httpPort } =
    producer as Document;
  if (typeof hostname !== "string" || !/^[\w.:-]+$/.test(hostname)) return undefined;
  return { hostname, tcpPort, httpPort };
}

function addressOf(hostname: string, port: unknown): string[] {
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65535) return [];
  return [formatHostPort({ hostname, port: Number(port) })];
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
