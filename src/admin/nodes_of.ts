// The nsqd's a request of the page concerns, and asking them for what only our nsqd has: upstream's says NOT_FOUND.

import { reasonOf } from "../base/system_error.ts";
import { DaemonRefusal } from "./daemon_client.ts";
import type { AdminHost } from "./host.ts";
import { adminError } from "./http_errors.ts";
import { type JsonObject, objectOf } from "./json_fields.ts";
import type { Partial } from "./partial.ts";
import { nodeOf, type Producer } from "./producers.ts";

/** How asking one node went. */
export interface NodeAnswer<Page> {
  readonly node: string;
  /** Whether the node has this at all. */
  readonly supported: boolean;
  readonly error: string | undefined;
  readonly page: Page | undefined;
}

/**
 * The nsqd's that have a topic, or all when it is empty; only `node` where that is not empty.
 * Throws ReplyError `NODE_NOT_FOUND`; @throws {AllFailed}
 */
export async function nodesOf(
  { cluster }: AdminHost,
  topic: string,
  node: string,
): Promise<Partial<readonly Producer[]>> {
  if (node !== "") {
    const { value, errors } = await cluster.producerNamed(node);
    if (value === undefined) throw adminError("NODE_NOT_FOUND");
    return { value: [value], errors };
  }
  return topic === "" ? await cluster.producers() : await cluster.topicProducers(topic);
}

/** Asks each node for something that only ours has; what `read` throws is that node's error. Never rejects. */
export function askOurs<Page>(
  { client }: AdminHost,
  producers: readonly Producer[],
  target: string,
  read: (page: JsonObject) => Page,
): Promise<readonly NodeAnswer<Page>[]> {
  return Promise.all(producers.map(async (producer): Promise<NodeAnswer<Page>> => {
    const node = nodeOf(producer);
    try {
      const page = await client.getJson({ kind: "nsqd", address: node, target, isRoutine: true });
      return { node, supported: true, error: undefined, page: read(objectOf(page)) };
    } catch (error) {
      const text = reasonOf(error);
      return { node, supported: !isUnknownRoute(error), error: text, page: undefined };
    }
  }));
}

/** Whether a daemon does not have what was asked for, as upstream's nsqd. */
export function isUnknownRoute(error: unknown): boolean {
  if (!(error instanceof DaemonRefusal)) return false;
  return error.status === 405 || (error.status === 404 && error.code === "NOT_FOUND");
}

/** What a reply says about the nodes. */
export function nodeReports(answers: readonly NodeAnswer<unknown>[]) {
  return answers.map(({ node, supported, error }) => ({
    node,
    supported,
    error: supported ? error : undefined,
  }));
}
