// Looking at a cluster from the outside: every daemon is asked, every announced address dialled, every queue looked at
// twice. Judges nothing. Invariant: nothing is changed anywhere, and all of it ends within a few request limits.

import { statfs } from "node:fs/promises";
import { formatHostPort, parseHostPort } from "../../base/host_port.ts";
import { systemErrorText } from "../../base/system_error.ts";
import { pause, systemTimers } from "../../base/timers.ts";
import { connectedWithin } from "../../transport/dial_limit.ts";
import type { ClusterSettings } from "../cluster/cluster_flags.ts";
import { isDialable } from "../cluster/cluster_nodes.ts";
import { askJson, askText } from "../cluster/http_questions.ts";
import { plainText, recordOf, textOf } from "../cluster/json_value.ts";
import { httpAddressOf, lookupdNodes } from "../cluster/lookupd_nodes.ts";
import { MORE_STATS, type NsqdInfo, nsqdInfo, nsqdStats } from "../cluster/nsqd_stats.ts";
import type { ClusterFacts, DialFacts, DiskFacts, LookupdFacts, NodeFacts } from "./facts.ts";

const STATS_PATH = `/stats?format=json&include_mem=false&include_clients=true&${MORE_STATS}`;

/** Looks at everything. `observeMs` lies between the two looks at the queues; an abort shortens it. */
export async function gathered(
  settings: ClusterSettings,
  observeMs: number,
  interrupted: AbortSignal,
): Promise<ClusterFacts> {
  const addresses = await nodeAddresses(settings);
  const started = performance.now();
  const firsts = await Promise.all(
    addresses.map((address) => askJson(settings, address, STATS_PATH, nsqdStats)),
  );
  const known = await Promise.all(addresses.map((address) => nodeFacts(settings, address)));
  await pause(systemTimers, observeMs - (performance.now() - started), interrupted);
  const seconds = await Promise.all(
    addresses.map((address) => askJson(settings, address, STATS_PATH, nsqdStats)),
  );
  const observedMs = performance.now() - started;
  const nodes = known.map((node, index) => ({
    ...node,
    first: firsts[index]!,
    second: seconds[index]!,
  }));
  const lookupds = await Promise.all(settings.lookupds.map((each) => lookupdFacts(settings, each)));
  return { nodes: onceEach(nodes), lookupds, observedMs };
}

/** Those that were named, and those that any nsqlookupd knows. */
async function nodeAddresses(settings: ClusterSettings): Promise<string[]> {
  const found = new Set(settings.nsqds);
  const answers = await Promise.all(
    settings.lookupds.map((each) => askJson(settings, each, "/nodes", lookupdNodes)),
  );
  for (const answer of answers) {
    if (answer.kind === "failure") continue;
    for (const node of answer.value) {
      const address = httpAddressOf(node);
      if (isDialable(address)) found.add(address);
    }
  }
  return [...found];
}

/** The same nsqd may have been named and found under two addresses. */
function onceEach(nodes: readonly NodeFacts[]): NodeFacts[] {
  const seen = new Set<string>();
  return nodes.filter(({ info }) => {
    if (info.kind === "failure") return true;
    const { hostname, tcpPort, httpPort, startTimeS } = info.value;
    const identity = [hostname, tcpPort, httpPort, startTimeS].join(" ");
    return !seen.has(identity) && seen.add(identity);
  });
}

async function nodeFacts(
  settings: ClusterSettings,
  address: string,
): Promise<Omit<NodeFacts, "first" | "second">> {
  const { ping, clockAheadMs } = await pinged(settings, address);
  const info = await askJson(settings, address, "/info", nsqdInfo);
  if (info.kind === "failure") {
    const unknown = { disk: undefined, dials: [], announced: undefined };
    return { address, info, ping, clockAheadMs, ...unknown };
  }
  const { broadcastAddress: hostname, tcpPort, httpPort } = info.value;
  const [tcp, http] = [tcpPort, httpPort].map((port) => formatHostPort({ hostname, port }));
  const [disk, announced, ...dials] = await Promise.all([
    diskOf(settings, address, info.value),
    isDialable(http!) ? askJson(settings, http!, "/info", nsqdInfo) : undefined,
    dialled(tcp!, settings.limitMs),
    dialled(http!, settings.limitMs),
  ]);
  const there = announced?.kind === "answer" ? announced.value : undefined;
  return { address, info, ping, clockAheadMs, disk, dials, announced: there };
}

async function lookupdFacts(settings: ClusterSettings, address: string): Promise<LookupdFacts> {
  const { ping, clockAheadMs } = await pinged(settings, address);
  const [info, nodes] = await Promise.all([
    askJson(settings, address, "/info", (document) => textOf(recordOf(document)["version"])),
    askJson(settings, address, "/nodes", lookupdNodes),
  ]);
  const version = info.kind === "answer" ? info.value : "";
  return { address, version, ping, clockAheadMs, nodes };
}

/** What /ping says, and the clock beside it: compared with the middle of the question's time. */
async function pinged(settings: ClusterSettings, address: string) {
  const beforeMs = Date.now();
  const answer = await askText(settings, address, "/ping");
  const middleMs = (beforeMs + Date.now()) / 2;
  if (answer.kind === "failure") return { ping: undefined, clockAheadMs: undefined };
  const { status, text, date } = answer.value;
  // The header is cut to seconds: its middle is the best guess.
  const theirMs = Date.parse(date ?? "") + 500;
  const clockAheadMs = Number.isNaN(theirMs) ? undefined : theirMs - middleMs;
  return { ping: { status, text: plainText(text).slice(0, 200) }, clockAheadMs };
}

/** The disk of an nsqd on this machine. */
async function diskOf(
  settings: ClusterSettings,
  address: string,
  { hostname }: NsqdInfo,
): Promise<DiskFacts | undefined> {
  if (hostname !== Deno.hostname()) return undefined;
  const answer = await askText(settings, address, "/config/data_path");
  const isTold = answer.kind === "answer" && answer.value.status === 200;
  const dataPath = isTold ? answer.value.text : "";
  // A relative one is relative to a directory that is not known here.
  if (!/^(\/|[a-z]:)/i.test(dataPath)) return undefined;
  try {
    const { bavail, blocks, bsize } = await statfs(dataPath);
    return { dataPath: plainText(dataPath), freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

async function dialled(text: string, limitMs: number): Promise<DialFacts> {
  const address = plainText(text);
  const target = parseHostPort(text);
  if (target === undefined || target.port === 0 || target.hostname === "") {
    return { address, failure: "it is no address" };
  }
  try {
    (await connectedWithin(Deno.connect(target), limitMs)).close();
    return { address, failure: undefined };
  } catch (error) {
    return { address, failure: systemErrorText(error) };
  }
}
