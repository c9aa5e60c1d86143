// Which nsqds a cluster has: those that were named, or those its nsqlookupds know, and what all of them say at a moment.

import type { ClusterSettings } from "./cluster_flags.ts";
import { askJson } from "./http_questions.ts";
import { httpAddressOf, lookupdNodes } from "./lookupd_nodes.ts";
import { MORE_STATS, type NsqdStats, nsqdStats } from "./nsqd_stats.ts";

/** A daemon that did not answer. */
export interface Silence {
  readonly address: string;
  readonly reason: string;
}

/** What all nsqds said at about the same time. */
export interface ClusterStats {
  /** By the address that was asked. */
  readonly nsqds: ReadonlyMap<string, NsqdStats>;
  readonly silent: readonly Silence[];
}

/** What of /stats is wanted; empty names mean all. */
export interface StatsWish {
  readonly topic?: string;
  readonly channel?: string;
  readonly isWithClients?: boolean;
}

/** Asks every nsqd. */
export async function clusterStats(
  settings: ClusterSettings,
  wish: StatsWish = {},
): Promise<ClusterStats> {
  const { addresses, silent } = await nsqdAddresses(settings);
  const path = statsPath(wish);
  const nsqds = new Map<string, NsqdStats>();
  const quiet = [...silent];
  await Promise.all(addresses.map(async (address) => {
    const answer = await askJson(settings, address, path, nsqdStats);
    if (answer.kind === "answer") nsqds.set(address, answer.value);
    else quiet.push({ address, reason: answer.reason });
  }));
  // In the order of addresses, not of answers: what is shown must not jump.
  const sorted = [...nsqds].sort(([one], [other]) => one < other ? -1 : 1);
  return { nsqds: new Map(sorted), silent: quiet };
}

/** The HTTP addresses of all nsqds, and the nsqlookupds that did not answer. */
async function nsqdAddresses(
  settings: ClusterSettings,
): Promise<{ readonly addresses: readonly string[]; readonly silent: readonly Silence[] }> {
  const found = new Set(settings.nsqds);
  const silent: Silence[] = [];
  await Promise.all(settings.lookupds.map(async (address) => {
    const answer = await askJson(settings, address, "/nodes", lookupdNodes);
    if (answer.kind === "failure") return void silent.push({ address, reason: answer.reason });
    for (const node of answer.value) {
      if (isDialable(httpAddressOf(node))) found.add(httpAddressOf(node));
    }
  }));
  return { addresses: [...found].sort(), silent };
}

/** What a node announces becomes part of a URL: nothing but host and port may be in it. */
export function isDialable(address: string): boolean {
  return /^(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(address);
}

function statsPath({ topic = "", channel = "", isWithClients = false }: StatsWish): string {
  const names = [["topic", topic], ["channel", channel]] as const;
  const filters = names.filter(([, name]) => name !== "")
    .map(([key, name]) => `&${key}=${encodeURIComponent(name)}`);
  const parts = [
    "format=json",
    "include_mem=false",
    `include_clients=${isWithClients}`,
    MORE_STATS,
  ];
  return `/stats?${parts.join("&")}${filters.join("")}`;
}
