// Whether clients are ready where messages wait and none is in flight: asked of few channels, the deepest, because clients
// are what makes /stats large.

import type { DaemonClient } from "./daemon_client.ts";
import { queryText } from "./cluster.ts";
import { numberAt, objectOf, objectsAt } from "./json_fields.ts";
import type { NodeSample, Snapshot } from "./snapshot.ts";
import type { ReadyBook } from "./warnings.ts";

/** Channels asked about in one look. */
const CHANNELS_MAX = 20;

interface Suspect {
  readonly topic: string;
  readonly channel: string;
  readonly depth: number;
}

/** Looks at the channels where it matters. Never rejects: a node that does not answer says nothing. */
export async function readyBookOf(now: Snapshot, client: DaemonClient): Promise<ReadyBook> {
  const entries = await Promise.all(
    suspectsIn(now).map(async ({ topic, channel }) => {
      const nodes = now.nodes.filter((node) => hasClients(node, topic, channel));
      const answers = await Promise.all(
        nodes.map(({ node }) => isReadyAt(client, node, topic, channel)),
      );
      return [
        `${topic}/${channel}`,
        answers.includes(true) || answers.includes(undefined),
      ] as const;
    }),
  );
  return new Map(entries);
}

function suspectsIn({ topics }: Snapshot): readonly Suspect[] {
  const suspects: Suspect[] = [];
  for (const [topic, { channels }] of topics) {
    for (const [channel, { depth, client_count, in_flight_count, paused }] of channels) {
      if (depth === 0 || client_count === 0 || in_flight_count > 0 || paused) continue;
      suspects.push({ topic, channel, depth });
    }
  }
  return suspects.sort((a, b) => b.depth - a.depth).slice(0, CHANNELS_MAX);
}

function hasClients({ topics }: NodeSample, topic: string, channel: string): boolean {
  const sample = topics.find(({ name }) => name === topic);
  return (sample?.channels.get(channel)?.client_count ?? 0) > 0;
}

async function isReadyAt(
  client: DaemonClient,
  address: string,
  topic: string,
  channel: string,
): Promise<boolean | undefined> {
  const target = `/stats?format=json&topic=${queryText(topic)}&channel=${queryText(channel)}`;
  try {
    const page = await client.getJson({ kind: "nsqd", address, target, isRoutine: true });
    const channels = objectsAt(objectOf(page), "topics").flatMap((one) =>
      objectsAt(one, "channels")
    );
    return channels.filter((one) => one["channel_name"] === channel)
      .flatMap((one) => objectsAt(one, "clients"))
      .some((one) => numberAt(one, "ready_count") > 0);
  } catch {
    return undefined;
  }
}
