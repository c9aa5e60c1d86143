// GET /stats: reads the parameters and chooses between text and JSON.

import type { Call } from "../call.ts";
import { parseQuery, type Query, switchOf } from "../../web/query.ts";
import { jsonTextReply, textReply } from "../../web/replies.ts";
import type { StatsFilter } from "../stats.ts";
import { statsJson } from "../stats_json.ts";
import { statsText } from "../stats_text.ts";

/** GET /stats. */
export async function stats({ host, queryText }: Call): Promise<Response> {
  const query = parseQuery(queryText);
  const filter = filterOf(query);
  if (query.get("format") === "json") return jsonTextReply(await statsJson(host, filter));
  return textReply(await statsText(host, filter));
}

function filterOf(query: Query): StatsFilter {
  return {
    topicName: query.get("topic") ?? "",
    channelName: query.get("channel") ?? "",
    isWithClients: switchOf(query, "include_clients") ?? true,
    isWithMemory: switchOf(query, "include_mem") ?? true,
    isWithMore: switchOf(query, "include_more") ?? false,
  };
}
