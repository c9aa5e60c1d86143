// Looks at the whole cluster while somebody wants to see it, and only then: one look serves all who ask meanwhile.
// Invariant: looking takes at most about a hundredth of any nsqd's time, however large the cluster is.

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { RareLine } from "../base/rare_line.ts";
import { reasonOf } from "../base/system_error.ts";
import { type Cluster, mergedProducers, producersIn } from "./cluster.ts";
import type { DaemonClient } from "./daemon_client.ts";
import { topicSamplesOf } from "./figures.ts";
import { GrowthWatch } from "./growth_watch.ts";
import { type JsonObject, objectOf, objectsAt, textsAt } from "./json_fields.ts";
import { askAll, requireOne } from "./partial.ts";
import { PatientRound } from "./patient_round.ts";
import { nodeOf, type Producer, producerOfNsqd } from "./producers.ts";
import { readyBookOf } from "./ready_check.ts";
import type { ReadyBook } from "./warnings.ts";
import { type NodeSample, type Snapshot, topicSumsOf } from "./snapshot.ts";

/** Looking may take this part of an nsqd's time. */
const SHARE = 100;
/** What a byte of /stats costs the nsqd that makes it. */
const COST_MS_PER_BYTE = 15 / 1e6;
const INTERVAL_MS_MAX = 60_000;
const STATS = "/stats?format=json&include_clients=false&include_more=true";

/** What a survey works with. */
export interface SurveyInputs {
  readonly client: DaemonClient;
  readonly cluster: Cluster;
  readonly nsqdAddresses: () => readonly string[];
  /** The shortest time between two looks, ms. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Two looks at the cluster. */
export interface View {
  readonly now: Snapshot;
  /** The look before; undefined at first, and after nobody had looked for a while. */
  readonly before: Snapshot | undefined;
  /** When the next look is worth asking for, ms. */
  readonly intervalMs: number;
  /** Where messages wait: whether clients are ready. */
  readonly ready: ReadyBook;
}

/** How far apart the two looks are, s; 0 where there is one, so that nothing has a rate. */
export function secondsBetween({ now, before }: View): number {
  return before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
}

interface LookupdPage {
  readonly nodes: JsonObject;
  readonly names: readonly string[];
}

/** How far apart two looks may be and still make a rate, besides two intervals. */
const APART_MS_MAX = 60_000;

/** Looks at the cluster. */
export class Survey {
  readonly #inputs: SurveyInputs;
  readonly #failures: RareLine;
  readonly #pages = new PatientRound<LookupdPage>();
  readonly #infos = new PatientRound<Producer>();
  readonly #stats = new PatientRound<Pick<NodeSample, "page" | "topics" | "byteCount">>();
  /** Which channels keep growing. */
  readonly growth = new GrowthWatch();
  #view: View | undefined;
  #looking: Promise<View> | undefined;

  constructor(inputs: SurveyInputs) {
    this.#inputs = inputs;
    this.#failures = new RareLine((text) => inputs.log.warn(text), () => inputs.clock.nowMs());
  }

  /** The latest look, whatever its age; undefined before the first. */
  get latest(): View | undefined {
    return this.#view;
  }

  /** A look that is not older than its interval. @throws {AllFailed} when no nsqlookupd answers */
  view(): Promise<View> {
    const view = this.#view;
    const ageMs = view === undefined ? Infinity : this.#inputs.clock.nowMs() - view.now.atMs;
    if (view !== undefined && ageMs < view.intervalMs * 0.9) return Promise.resolve(view);
    this.#looking ??= this.#look().finally(() => this.#looking = undefined);
    return this.#looking;
  }

  async #look(): Promise<View> {
    const { clock, cluster, intervalMs: shortestMs, client } = this.#inputs;
    const startMs = clock.nowMs();
    const found = cluster.isLookedUp ? await this.#lookupdNodes() : await this.#nsqdNodes();
    this.#stats.keep(found.nodes.map(({ node }) => node));
    const atMs = clock.nowMs();
    const topics = topicSumsOf(found.nodes, found.names);
    const now: Snapshot = {
      atMs,
      wallMs: clock.wallMs(),
      tookMs: atMs - startMs,
      ...found,
      topics,
    };
    const largest = Math.max(0, ...found.nodes.map(({ byteCount }) => byteCount));
    const costMs = largest * COST_MS_PER_BYTE;
    const intervalMs = Math.min(INTERVAL_MS_MAX, Math.max(shortestMs, SHARE * costMs));
    const last = this.#view?.now;
    const isRecent = last !== undefined && atMs - last.atMs < APART_MS_MAX + 2 * intervalMs;
    const ready = await readyBookOf(now, client);
    this.growth.look(now);
    this.#view = { now, before: isRecent ? last : undefined, intervalMs, ready };
    const failed = found.nodes.find(({ error }) => error !== undefined);
    if (failed !== undefined) this.#failures.say(`survey: ${failed.node}: ${failed.error}`);
    return this.#view;
  }

  async #lookupdNodes() {
    const { cluster, client } = this.#inputs;
    const kind = "nsqlookupd" as const;
    const addresses = cluster.lookupdAddresses;
    this.#pages.keep(addresses);
    const asked = await askAll(addresses, (address) =>
      this.#pages.ask(address, async () => {
        const ask = (target: string) => client.getJson({ kind, address, target, isRoutine: true });
        const [nodes, topics] = await Promise.all([ask("/nodes"), ask("/topics")]);
        return { nodes: objectOf(nodes), names: textsAt(objectOf(topics), "topics") };
      }));
    requireOne(kind, asked);
    const answered = new Set(asked.answers.map(({ from }) => from));
    const silent = addresses.filter((address) => !answered.has(address));
    const pages = asked.answers.map(({ from, answer }) => ({
      from,
      answer: producersIn(answer.nodes),
    }));
    const unreachable = unreachableIn(asked.answers.map(({ answer }) => answer.nodes));
    const nodes = await Promise.all(
      mergedProducers(pages).map((producer) => {
        const node = nodeOf(producer);
        return this.#node(node, producer, unreachable.get(node));
      }),
    );
    const lookupds = addresses.map((address) => ({
      address,
      error: asked.errors[silent.indexOf(address)]?.message,
    }));
    return { lookupds, nodes, names: asked.answers.flatMap(({ answer }) => answer.names) };
  }

  async #nsqdNodes() {
    const { client, nsqdAddresses } = this.#inputs;
    const kind = "nsqd" as const;
    const addresses = nsqdAddresses();
    const nodes = await Promise.all(addresses.map(async (address) => {
      try {
        const producer = await this.#infos.ask(address, async () => {
          const info = await client.getJson({ kind, address, target: "/info", isRoutine: true });
          return producerOfNsqd(objectOf(info), []);
        });
        return await this.#node(nodeOf(producer), producer, undefined);
      } catch (error) {
        return silentNode(address, undefined, reasonOf(error), undefined);
      }
    }));
    return { lookupds: [], nodes, names: [] };
  }

  async #node(
    node: string,
    producer: Producer,
    unreachable: string | undefined,
  ): Promise<NodeSample> {
    try {
      const stats = await this.#stats.ask(node, () => this.#statsOf(node));
      return { node, producer, error: undefined, unreachable, ...stats };
    } catch (error) {
      return silentNode(node, producer, reasonOf(error), unreachable);
    }
  }

  async #statsOf(address: string) {
    const request = { kind: "nsqd", address, target: STATS, isRoutine: true } as const;
    const { json, byteCount } = await this.#inputs.client.getSizedJson(request);
    const answer = objectOf(json);
    const topics = topicSamplesOf(answer);
    const { topics: _, producers: __, ...page } = answer;
    return { page, topics, byteCount };
  }
}

function silentNode(
  node: string,
  producer: Producer | undefined,
  error: string,
  unreachable: string | undefined,
): NodeSample {
  return { node, producer, error, unreachable, page: {}, topics: [], byteCount: 0 };
}

/** Our nsqlookupd says when it cannot reach a node itself. */
function unreachableIn(pages: readonly JsonObject[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const object of pages.flatMap((page) => objectsAt(page, "producers"))) {
    if (typeof object["unreachable"] !== "string") continue;
    found.set(nodeOf(producerOfNsqd(object, [])), object["unreachable"]);
  }
  return found;
}
