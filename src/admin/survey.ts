// Looks at the whole cluster while somebody wants to see it, and only then: one look serves all who ask meanwhile.
// Invariant: looking takes at most a hundredth of the time, however large the cluster is, so that it does not load it.

import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { RareLine } from "../base/rare_line.ts";
import type { Cluster } from "./cluster.ts";
import type { DaemonClient } from "./daemon_client.ts";
import { topicSamplesOf } from "./figures.ts";
import { GrowthWatch } from "./growth_watch.ts";
import { type JsonObject, objectOf, objectsAt, textAt, textsAt } from "./json_fields.ts";
import { AllFailed } from "./partial.ts";
import { nodeOf, type Producer, producerOfNsqd } from "./producers.ts";
import { readyBookOf } from "./ready_check.ts";
import type { ReadyBook } from "./warnings.ts";
import { type LookupdSample, type NodeSample, type Snapshot, topicSumsOf } from "./snapshot.ts";

/** The share of the time that looking may take. */
const SHARE = 100;
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

/** How often looked-at figures may be apart and still make a rate, in intervals. */
const BEFORE_INTERVALS_MAX = 10;

/** Looks at the cluster. */
export class Survey {
  readonly #inputs: SurveyInputs;
  readonly #failures: RareLine;
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
    const { clock, cluster, intervalMs: shortestMs } = this.#inputs;
    const startMs = clock.nowMs();
    const found = cluster.isLookedUp ? await this.#lookupdNodes() : await this.#nsqdNodes();
    const atMs = clock.nowMs();
    const tookMs = atMs - startMs;
    const topics = topicSumsOf(found.nodes, found.names);
    const now: Snapshot = { atMs, wallMs: clock.wallMs(), tookMs, ...found, topics };
    const intervalMs = Math.min(INTERVAL_MS_MAX, Math.max(shortestMs, SHARE * tookMs));
    const last = this.#view?.now;
    const isRecent = last !== undefined && atMs - last.atMs < BEFORE_INTERVALS_MAX * intervalMs;
    const ready = await readyBookOf(now, this.#inputs.client);
    this.growth.look(now);
    this.#view = { now, before: isRecent ? last : undefined, intervalMs, ready };
    const failed = found.nodes.find(({ error }) => error !== undefined);
    if (failed !== undefined) this.#failures.say(`survey: ${failed.node}: ${failed.error}`);
    return this.#view;
  }

  async #lookupdNodes() {
    const { cluster, client } = this.#inputs;
    const unreachable = new Map<string, string>();
    const names = new Set<string>();
    const lookupds = await Promise.all(cluster.lookupdAddresses.map(async (address) => {
      const kind = "nsqlookupd" as const;
      try {
        const ask = (target: string) => client.getJson({ kind, address, target, isRoutine: true });
        const [nodes, topics] = await Promise.all([ask("/nodes"), ask("/topics")]);
        for (const name of textsAt(objectOf(topics), "topics")) names.add(name);
        noteUnreachable(objectOf(nodes), unreachable);
        return { address, error: undefined };
      } catch (error) {
        return { address, error: textOf(error) };
      }
    }));
    if (lookupds.every(({ error }) => error !== undefined)) throw allFailed(lookupds);
    const { value: producers } = await cluster.producers();
    const nodes = await Promise.all(producers.map((producer) => {
      const node = nodeOf(producer);
      return this.#node(node, producer, unreachable.get(node));
    }));
    return { lookupds, nodes, names: [...names] };
  }

  async #nsqdNodes() {
    const { client, nsqdAddresses } = this.#inputs;
    const nodes = await Promise.all(
      nsqdAddresses().map(async (address) => {
        const kind = "nsqd" as const;
        try {
          const info = await client.getJson({ kind, address, target: "/info", isRoutine: true });
          const producer = producerOfNsqd(objectOf(info), []);
          return await this.#node(nodeOf(producer), producer, undefined);
        } catch (error) {
          return silentNode(address, undefined, textOf(error), undefined);
        }
      }),
    );
    return { lookupds: [], nodes, names: [] };
  }

  async #node(
    node: string,
    producer: Producer,
    unreachable: string | undefined,
  ): Promise<NodeSample> {
    const { client } = this.#inputs;
    try {
      const asked = { kind: "nsqd", address: node, target: STATS, isRoutine: true } as const;
      const answer = objectOf(await client.getJson(asked));
      const topics = topicSamplesOf(answer);
      const { topics: _, producers: __, ...page } = answer;
      return { node, producer, error: undefined, unreachable, page, topics };
    } catch (error) {
      return silentNode(node, producer, textOf(error), unreachable);
    }
  }
}

function silentNode(
  node: string,
  producer: Producer | undefined,
  error: string,
  unreachable: string | undefined,
): NodeSample {
  return { node, producer, error, unreachable, page: {}, topics: [] };
}

/** Our nsqlookupd says when it cannot reach a node itself. */
function noteUnreachable(page: JsonObject, into: Map<string, string>): void {
  for (const object of objectsAt(page, "producers")) {
    if (typeof object["unreachable"] !== "string") continue;
    into.set(nodeOf(producerOfNsqd(object, [])), textAt(object, "unreachable"));
  }
}

function allFailed(lookupds: readonly LookupdSample[]): AllFailed {
  const errors = lookupds.map(({ error }) => error).join("\n");
  return new AllFailed(`failed to query any nsqlookupd: ${errors}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
